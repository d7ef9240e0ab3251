"""Checks that rendered manifests agree with themselves and with what the services listen to, read and call.

Usage: agree.py ROOT BINARIES OVERLAY.yaml...

ROOT is the checkout; BINARIES the folder with the services' programs, which are asked what they make of their pod's
environment. Where a program is not there, its default.toml has to answer.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import yaml

SERVICES = ("intake", "classifier", "router", "feedback")
PREFIX = "SWIFTLINE_"
NAME = "app.kubernetes.io/name"
COMPONENT = "app.kubernetes.io/component"
# A ConfigMap may hold 1 MiB; what is nearer than this wants to be split.
LARGEST_MAP = 900 * 1024
facts = 0
wrong = []


def holds(where, claim, is_so):
    """Counts a claim, and reports it when it is not so."""
    global facts
    facts += 1
    if not is_so:
        wrong.append(f"{where}: {claim}")
    return is_so


def matches(selector, labels):
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


class Overlay:
    """The objects of one overlay, by what is asked of them."""

    def __init__(self, path):
        self.name = Path(path).stem
        self.things = [thing for thing in yaml.safe_load_all(Path(path).read_text()) if thing]
        self.pods = [thing for thing in self.things if thing["kind"] in ("Deployment", "StatefulSet")]

    def of(self, *kinds):
        return [thing for thing in self.things if thing["kind"] in kinds]

    def named(self, kind, name):
        return next((thing for thing in self.of(kind) if thing["metadata"]["name"] == name), None)

    def selected(self, selector):
        return [pod for pod in self.pods if matches(selector, pod["spec"]["template"]["metadata"]["labels"])]

    def where(self, thing):
        return f"{self.name}: {thing['kind']}/{thing['metadata']['name']}"


def containers(pod):
    return pod["spec"]["template"]["spec"]["containers"]


def ports(pod):
    """Port numbers by name."""
    return {port["name"]: port["containerPort"] for one in containers(pod) for port in one.get("ports", [])}


def name(pod):
    return pod["spec"]["template"]["metadata"]["labels"][NAME]


def check_names(overlay):
    for thing in overlay.things:
        where, kind, spec = overlay.where(thing), thing["kind"], thing.get("spec", {})
        if kind in ("Deployment", "StatefulSet"):
            labels = spec["template"]["metadata"]["labels"]
            holds(where, "its selector matches its pods", matches(spec["selector"], labels))
            account = spec["template"]["spec"].get("serviceAccountName")
            holds(where, f"has a ServiceAccount {account}", not account or overlay.named("ServiceAccount", account))
            check_references(overlay, where, spec["template"]["spec"])
        elif kind == "PodDisruptionBudget":
            holds(where, "selects one workload", len(overlay.selected(spec["selector"])) == 1)
        elif kind == "Service":
            pods = overlay.selected({"matchLabels": spec["selector"]})
            if holds(where, "selects one workload", len(pods) == 1):
                for port in spec["ports"]:
                    number = ports(pods[0]).get(port["targetPort"])
                    holds(where, f"targetPort {port['targetPort']} is its pods' port {port['port']}", number == port["port"])
        elif kind in ("HorizontalPodAutoscaler", "ScaledObject"):
            target = overlay.named(spec["scaleTargetRef"].get("kind", "Deployment"), spec["scaleTargetRef"]["name"])
            if holds(where, "scales something", target):
                holds(where, "is alone in saying how many", "replicas" not in target["spec"])
        elif kind in ("GRPCRoute", "HTTPRoute"):
            check_route(overlay, where, spec)


def check_references(overlay, where, spec):
    for reference in re.findall(r'"configMap(?:Ref)?": \{[^}]*"name": "([^"]+)"', json.dumps(spec)):
        holds(where, f"there is a ConfigMap {reference}", overlay.named("ConfigMap", reference))
    mounted = {mount["name"] for one in spec["containers"] + spec.get("initContainers", []) for mount in one.get("volumeMounts", [])}
    volumes = {volume["name"] for volume in spec.get("volumes", [])}
    holds(where, "each volume is mounted", volumes <= mounted)


def check_route(overlay, where, spec):
    for rule in spec["rules"]:
        for match in rule["matches"]:
            served = takes(match) if "path" in match else is_served(match["method"])
            holds(where, f"{match} is served", served)
        for backend in rule["backendRefs"]:
            service = overlay.named("Service", backend["name"])
            holds(where, f"{backend} is a Service's port", service and backend["port"] in [p["port"] for p in service["spec"]["ports"]])
            pods = overlay.selected({"matchLabels": {NAME: backend["name"]}})
            allowed = any(from_gateway(policy, pods[0], backend["port"]) for policy in overlay.of("NetworkPolicy"))
            holds(where, "the gateway may call it", allowed)


def from_gateway(policy, pod, port):
    spec = policy["spec"]
    if pod["spec"]["template"]["metadata"]["labels"][NAME] != spec["podSelector"].get("matchLabels", {}).get(NAME):
        return False
    gateway = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "gateway"}}}
    return any(gateway in rule["from"] and port in [p["port"] for p in rule["ports"]] for rule in spec.get("ingress", []))


def takes(match):
    """Whether some service names such a path and takes the method."""
    texts = (file.read_text() for file in (root / "services").glob("*/src/**/*.rs"))
    return any(f'"{match["path"]["value"]}"' in text and f"{match['method'].lower()}(" in text for text in texts)


def is_served(method):
    package, service = method["service"].rsplit(".", 1)
    folder = root / "proto" / Path(*package.split("."))
    text = "\n".join(file.read_text() for file in folder.glob("*.proto"))
    found = re.search(rf"^service {service} \{{(.*?)^\}}", text, re.M | re.S)
    return bool(found) and ("method" not in method or f"rpc {method['method']}(" in found[1])


def check_security(overlay):
    for pod in overlay.pods:
        where, spec = overlay.where(pod), pod["spec"]["template"]["spec"]
        context = spec["securityContext"]
        holds(where, "is not root", context["runAsNonRoot"] and context["runAsUser"] > 0)
        holds(where, "has the runtime's seccomp profile", context["seccompProfile"] == {"type": "RuntimeDefault"})
        holds(where, "mounts no token", spec["automountServiceAccountToken"] is False)
        for one in spec["containers"] + spec.get("initContainers", []):
            its = f"{where} {one['name']}"
            security = one["securityContext"]
            holds(its, "has a read-only root", security["readOnlyRootFilesystem"])
            holds(its, "gains nothing", security["allowPrivilegeEscalation"] is False and security["capabilities"] == {"drop": ["ALL"]})
            holds(its, "has requests and limits", all({"cpu", "memory"} <= set(one["resources"][k]) for k in ("requests", "limits")))
            holds(its, f"names a version of {one['image']}", re.search(r"(:[^/]+|@sha256:[0-9a-f]{64})$", one["image"]) and ":latest" not in one["image"])


def check_probes(overlay):
    monitor = (root / "services/shared/runtime/src/monitor.rs").read_text()
    for pod in overlay.pods:
        for one in containers(pod):
            where = f"{overlay.where(pod)} {one['name']}"
            its_ports = {port["name"]: port["containerPort"] for port in one.get("ports", [])}
            for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
                probe = one.get(kind, {})
                how = probe.get("grpc") or probe.get("httpGet") or probe.get("tcpSocket")
                if how:
                    known = how["port"] in its_ports or how["port"] in its_ports.values()
                    holds(where, f"{kind} asks a port that is open", known)
                if "httpGet" in probe and name(pod) in SERVICES:
                    holds(where, f"{kind} asks a path that is served", f'.route("{how["path"]}"' in monitor)
            if name(pod) in SERVICES:
                # metrics.py asks the programs themselves, with Redis and without.
                probes = {kind: one[f"{kind}Probe"].get("grpc", {}) for kind in ("startup", "liveness", "readiness")}
                alive = re.search(r'LIVENESS: &str = "(\w+)"', (root / "services/shared/runtime/src/health.rs").read_text())[1]
                # The gRPC port may want a certificate, which the kubelet has not; and it opens only when Redis has answered.
                holds(where, "probes ask the monitor's port by gRPC", all(probe.get("port") == its_ports["metrics"] for probe in probes.values()))
                holds(where, "liveness asks for life and not for health", {probes[kind].get("service") for kind in ("startup", "liveness")} == {alive})
                holds(where, "readiness asks for health", not probes["readiness"].get("service"))



def environment(overlay, pod):
    one = containers(pod)[0]
    env = {}
    for source in one.get("envFrom", []):
        if "configMapRef" in source:
            env |= overlay.named("ConfigMap", source["configMapRef"]["name"])["data"]
    return env | {item["name"]: item.get("value", "pod-0") for item in one.get("env", [])}


def settings(overlay, pod, secret):
    """What the program makes of its pod's environment."""
    service, env = name(pod), environment(overlay, pod)
    where = overlay.where(pod)
    defaults = tomllib.loads((root / f"services/{service}/src/default.toml").read_text())
    made = json.loads(json.dumps(defaults))
    for key, value in env.items():
        if not key.startswith(PREFIX) or key == "SWIFTLINE_CONFIG":
            continue
        section, _, field = key[len(PREFIX):].lower().partition("__")
        if holds(where, f"{key} is a setting", field in defaults.get(section, {})):
            default = defaults[section][field]
            made[section][field] = value.split(",") if isinstance(default, list) else type(default)(value)
    program = binaries / service
    if not program.exists():
        return made
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(secret["settings.toml"])
        file.flush()
        env = {**env, "SWIFTLINE_CONFIG": file.name}
        asked = subprocess.run([program, "--print-config"], env=env, capture_output=True, text=True, check=False)
    if holds(where, f"{service} accepts its environment: {asked.stderr.strip()}", asked.returncode == 0):
        return tomllib.loads(asked.stdout)
    return made


def port_of(address):
    return int(address.rsplit(":", 1)[1])


def check_settings(overlay, pod, made):
    where, spec = overlay.where(pod), pod["spec"]["template"]["spec"]
    one = containers(pod)[0]
    holds(where, "listens on its port grpc", made["server"]["listen"] == f"0.0.0.0:{ports(pod)['grpc']}")
    holds(where, "listens on its port metrics", made["runtime"]["metrics_listen"] == f"0.0.0.0:{ports(pod)['metrics']}")
    mounts = [mount["mountPath"] for mount in one["volumeMounts"]]
    env = environment(overlay, pod)
    files = [made["city"]["pack"], env["SWIFTLINE_CONFIG"], made.get("contact", {}).get("keys_file") or mounts[0]]
    if made.get("gateway", {}).get("listen"):
        holds(where, "listens on its port answers", made["gateway"]["listen"] == f"0.0.0.0:{ports(pod).get('answers')}")
        files.append(made["gateway"]["secret_file"])
    files.append(made["store"]["password_file"])
    if made["tls"]["mode"] == "mutual":
        files += [made["tls"][field] for field in ("certificate", "key", "ca")]
        check_certificate(overlay, pod, made["tls"])
    for file in files:
        holds(where, f"{file} is in a volume", any(file == mount or file.startswith(mount + "/") for mount in mounts))
    stop = one["lifecycle"]["preStop"]["sleep"]["seconds"]
    drain = (made["runtime"]["drain_timeout_ms"] + made["runtime"]["flush_timeout_ms"]) / 1000
    holds(where, "preStop and drain end before the grace period", stop + drain + 1 < spec["terminationGracePeriodSeconds"])
    check_pack(overlay, where, spec)


def check_certificate(overlay, pod, tls):
    """The service's certificate is for the name that others call it by, and is mounted where the service looks for it."""
    where, service, spec = overlay.where(pod), name(pod), pod["spec"]["template"]["spec"]
    mounts = {mount["mountPath"]: mount["name"] for mount in containers(pod)[0]["volumeMounts"]}
    volume = next((v for v in spec["volumes"] if v["name"] == mounts.get(os.path.dirname(tls["certificate"]))), {})
    secret = volume.get("secret", {}).get("secretName")
    certificate = next((c["spec"] for c in overlay.of("Certificate") if c["spec"]["secretName"] == secret), None)
    if not holds(where, f"its certificate is in a Certificate's Secret {secret}", certificate):
        return
    files = [os.path.basename(tls[field]) for field in ("certificate", "key", "ca")]
    holds(where, "reads what cert-manager writes", files == ["tls.crt", "tls.key", "ca.crt"])
    namespace = pod["metadata"]["namespace"]
    names = [service, f"{service}.{namespace}.svc", f"{service}.{namespace}.svc.cluster.local"]
    holds(where, f"its certificate is for its names here: {certificate['dnsNames']}", certificate["dnsNames"] == names)
    holds(where, "its certificate is for both sides of a call", {"server auth", "client auth"} <= set(certificate["usages"]))
    grpc = next(port for port in overlay.named("Service", service)["spec"]["ports"] if port["name"] == "grpc")
    holds(where, "its Service does not promise plain text", "appProtocol" not in grpc)


def check_callers(overlay, all_settings):
    """Whom each service lets call is whom the settings and the policies bring to it, and operators."""
    issued = {one for thing in overlay.of("Certificate") for one in thing["spec"].get("dnsNames", [])}
    for service, made in all_settings.items():
        where = f"{overlay.name}: {service}"
        pod = overlay.named("Deployment", service)
        callers = {a for caller, its in all_settings.items() for a, b, _ in calls(caller, its) if b == service}
        if any(from_gateway(policy, pod, ports(pod)["grpc"]) for policy in overlay.of("NetworkPolicy")):
            callers.add("gateway")
        callers.add("operator")
        holds(where, f"tls.allow has its callers: {sorted(callers ^ set(made['tls']['allow']))}", callers == set(made["tls"]["allow"]))
        if made["tls"]["mode"] == "mutual":
            holds(where, f"its callers have certificates: {sorted(callers - issued)}", callers <= issued)
    for policy in overlay.of("BackendTLSPolicy"):
        for target in policy["spec"]["targetRefs"]:
            ports_of = {port["name"] for port in overlay.named(target["kind"], target["name"])["spec"]["ports"]}
            holds(overlay.where(policy), "is for a Service's port", target["sectionName"] in ports_of)
            holds(overlay.where(policy), "wants the name of its certificate", policy["spec"]["validation"]["hostname"] == target["name"])


def check_pack(overlay, where, spec):
    volume = next(volume for volume in spec["volumes"] if volume["name"] == "city")
    maps = [overlay.named("ConfigMap", source["configMap"]["name"]) for source in volume["projected"]["sources"]]
    files = {file: text for one in maps for file, text in one["data"].items()}
    city = next(city for city in (root / "k8s/cities").glob("*/city.yaml") if city.read_text() == files["city.yaml"]).parent
    source = (root / "services/shared/domain/src/city/reading/mod.rs").read_text()
    known = re.findall(r'"([a-z]+\.(?:yaml|geojson))"', source[source.index("PACK_FILES"):source.index("Known")])
    wanted = {file for file in known if (city / file).exists()}
    holds(where, f"has the files of {city.name} that are read: {sorted(wanted ^ set(files))}", wanted == set(files))


def calls(service, made):
    """Edges (from, to, port) that the settings make."""
    for section in made.values():
        for address in section.get("addresses", []):
            target = re.fullmatch(r"dns://([a-z-]+):(\d+)", address)
            if holds(service, f"finds all pods of {address}", target):
                yield service, target[1], int(target[2])


def allowed(overlay):
    """Edges between pods that both ends' policies allow."""
    policies = [policy["spec"] for policy in overlay.of("NetworkPolicy")]

    def side(pod, direction, peers):
        for spec in policies:
            if not matches(spec["podSelector"], pod["spec"]["template"]["metadata"]["labels"]):
                continue
            for rule in spec.get(direction, []):
                for peer in rule.get(peers, []):
                    if "namespaceSelector" not in peer:
                        yield from ((other, port["port"]) for other in overlay.selected(peer["podSelector"]) for port in rule["ports"])

    out = {(name(pod), name(other), port) for pod in overlay.pods for other, port in side(pod, "egress", "to")}
    into = {(name(other), name(pod), port) for pod in overlay.pods for other, port in side(pod, "ingress", "from")}
    holds(overlay.name, f"what one end allows the other does, too: {sorted(out ^ into)}", out == into)
    return out & into


def check_edges(overlay, all_settings):
    stores = [name(pod) for pod in overlay.pods if pod["spec"]["template"]["metadata"]["labels"].get(COMPONENT) == "store"]
    wanted = {(a, b, port) for a in stores for b in stores for port in (6379, 16379)}
    for service, made in all_settings.items():
        wanted |= set(calls(service, made))
        wanted |= {(service, store, 6379) for store in stores}
        for url in made["store"]["url"].split(","):
            host = re.search(r"//(?:[^@/]*@)?([a-z0-9.-]+):6379$", url)
            holds(f"{overlay.name}: {service}", f"{url} is a store's name", not host or host[1] == "127.0.0.1" or host[1].split(".")[-1] in stores)
        endpoint = re.fullmatch(r"http://([a-z-]+):(\d+)", made["telemetry"]["otlp_endpoint"])
        if endpoint:
            wanted.add((service, endpoint[1], int(endpoint[2])))
    found = allowed(overlay)
    holds(overlay.name, f"policies allow what settings call: {sorted(wanted - found)}", not wanted - found)
    holds(overlay.name, f"policies allow nothing else: {sorted(found - wanted)}", not found - wanted)
    for a, b, port in wanted:
        open_ports = [p for pod in overlay.selected({"matchLabels": {NAME: b}}) for p in ports(pod).values()]
        holds(overlay.name, f"{b}, which {a} calls, has port {port} open", port in open_ports or port == 16379)
    everything = [policy["spec"] for policy in overlay.of("NetworkPolicy") if policy["spec"]["podSelector"] == {}]
    deny = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    holds(overlay.name, "everything is denied by default", deny in everything)


def check_maps(overlay):
    for thing in overlay.of("ConfigMap"):
        size = sum(len(text.encode()) + len(key) for key, text in thing["data"].items())
        holds(overlay.where(thing), f"is small enough ({size} bytes)", size <= LARGEST_MAP)


def check_lag(overlay, all_settings):
    groups = re.findall(r'Self::\w+ => "(\w+)"', (root / "services/shared/store/src/log/mod.rs").read_text())
    for thing in overlay.of("ScaledObject"):
        where = overlay.where(thing)
        store = all_settings[thing["spec"]["scaleTargetRef"]["name"]]["store"]
        streams = [t["metadata"] for t in thing["spec"]["triggers"] if "stream" in t["metadata"]]
        wanted = [f"{store['namespace']}:{{p{n:02}}}:log" for n in range(store["partitions"])]
        holds(where, "asks for every partition's log", [stream["stream"] for stream in streams] == wanted)
        holds(where, "asks for a group of the log", {stream["consumerGroup"] for stream in streams} <= set(groups))


def check_collector(overlay):
    thing = next((one for one in overlay.of("ConfigMap") if one["metadata"]["name"].startswith("otel-collector")), None)
    if not thing:
        return
    config = yaml.safe_load(thing["data"]["config.yaml"])
    source = (root / "services/shared/telemetry/src/names.rs").read_text().split("pub mod metric")[0]
    values = {"CASE_LOG", "GRPC", "REDIS"}
    names = {key for const, key in re.findall(r'pub const (\w+): &str = "([^"]+)"', source) if const not in values}
    kept = {key for key in config["processors"]["redaction"]["allowed_keys"] if not re.match(r"service\.|telemetry\.", key)}
    holds(overlay.where(thing), f"keeps the attributes that names.rs names: {sorted(names ^ kept)}", names == kept)
    consts = {key: const for const, key in re.findall(r'pub const (\w+): &str = "([^"]+)"', source)}
    setters = "".join(file.read_text() for file in (root / "services").glob("**/src/**/*.rs") if file.name != "names.rs")
    for policy in config["processors"]["tail_sampling"]["policies"]:
        key = next((how["key"] for how in policy.values() if isinstance(how, dict) and "key" in how), None)
        is_set = key is None or re.search(rf"\bnames::{consts.get(key)}\b", setters)
        holds(overlay.where(thing), f"some span has {key}, by which traces are kept", is_set)
    for pipeline in config["service"]["pipelines"].values():
        for kind in ("receivers", "processors", "exporters"):
            known = set(config[kind]) | (set(config["connectors"]) if kind != "processors" else set())
            holds(overlay.where(thing), f"{kind} of its pipelines are there", set(pipeline.get(kind, [])) <= known)


def secrets(overlay):
    """What tools/k8s/secrets makes for this overlay, and whether it makes all that is mounted."""
    kind = "redis-cluster" if overlay.named("StatefulSet", "redis-cluster") else "redis"
    made = subprocess.run([root / "tools/k8s/secrets", kind], capture_output=True, text=True, check=True).stdout
    made = {one["metadata"]["name"]: one["stringData"] for one in yaml.safe_load_all(made)}
    # Made from files that the city has: k8s/README.md, "Install".
    made["sms-gateway"] = {"secrets": ""}
    made |= {one["spec"]["secretName"]: {"tls.crt", "tls.key", "ca.crt"} for one in overlay.of("Certificate")}
    for pod in overlay.pods:
        for volume in pod["spec"]["template"]["spec"].get("volumes", []):
            if "secret" in volume:
                secret = volume["secret"]
                items = {item["key"] for item in secret.get("items", [])}
                holds(overlay.where(pod), f"secret {secret['secretName']} is made", items <= set(made.get(secret["secretName"], [])) and secret["secretName"] in made)
                holds(overlay.where(pod), "others cannot read it", secret["defaultMode"] & 0o007 == 0)
    return made


def main():
    for path in sys.argv[3:]:
        overlay = Overlay(path)
        made_secrets = secrets(overlay)
        check_names(overlay)
        check_security(overlay)
        check_probes(overlay)
        check_maps(overlay)
        all_settings = {}
        for service in SERVICES:
            pod = overlay.named("Deployment", service)
            all_settings[service] = settings(overlay, pod, made_secrets["redis-auth"])
            check_settings(overlay, pod, all_settings[service])
        check_edges(overlay, all_settings)
        check_callers(overlay, all_settings)
        check_lag(overlay, all_settings)
        check_collector(overlay)
    for line in wrong:
        print(line, file=sys.stderr)
    asked = "the programs" if all((binaries / service).exists() for service in SERVICES) else "default.toml"
    print(f"agreement: {facts} facts about manifests and {asked}, {len(wrong)} wrong")
    sys.exit(bool(wrong))


root, binaries = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
if __name__ == "__main__":
    main()
