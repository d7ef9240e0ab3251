"""A pod: its containers in runc with what its manifest says, and its probes."""

import base64
import contextlib
import json
import os
import shutil
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request

import grpc

# What a container of Redis' image finds, from the machine's own Redis.
DISTRIBUTION = {"/usr": "/usr", "/etc/alternatives": "/etc/alternatives", "/etc/nsswitch.conf": "/etc/nsswitch.conf", "/etc/passwd": "/etc/passwd"}
UNITS = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30}


class Pod:
    """One pod from its start to its end."""

    def __init__(self, name, serial, owner, node):
        template = owner["spec"]["template"]
        self.name, self.owner, self.spec, self.node = name, owner, template["spec"], node
        self.labels = template["metadata"]["labels"]
        # Network devices have short names, and pods of a StatefulSet come back under theirs.
        self.space = f"{name[:7].strip('-')}-{serial:03}"
        self.address = node.network.plug_in(self.space)
        self.folder = node.folder / "pods" / f"{name}.{serial:03}"
        self.folder.mkdir(parents=True)
        self.container = self.spec["containers"][0]
        self.ready = self.started = self.terminating = False
        self.ready_since = None
        self.restarts = 0
        self.filter = None
        self.filled = {}
        self.process = None
        self.gone = threading.Event()
        self.thread = threading.Thread(target=self.live, name=name, daemon=True)

    def start(self):
        self.bundle()
        self.thread.start()
        return self

    # What is in it

    def environment(self):
        fields = {"metadata.name": self.name, "status.podIP": self.address}
        env = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        for source in self.container.get("envFrom", []):
            env |= self.node.objects["ConfigMap", source["configMapRef"]["name"]]["data"]
        for item in self.container.get("env", []):
            env[item["name"]] = item["value"] if "value" in item else fields[item["valueFrom"]["fieldRef"]["fieldPath"]]
        return [f"{name}={value}" for name, value in env.items()]

    def volume(self, source, name):
        """The folder on this machine that is mounted."""
        group = self.spec["securityContext"].get("fsGroup", self.user()[1])
        folder = self.folder / "volumes" / name
        if "persistentVolumeClaim" in source:
            folder = self.node.folder / "disks" / source["persistentVolumeClaim"]["claimName"]
        folder.mkdir(parents=True, exist_ok=True)
        os.chown(folder, *self.user())
        if "emptyDir" not in source and "persistentVolumeClaim" not in source:
            self.fill(folder, *contents(self.node, source), group)
            self.filled[folder] = (source, group)
        return folder

    def fill(self, folder, files, mode, group):
        """As a kubelet: the files lie in a folder of their own, and a link to it is changed in one step."""
        data = folder / f"..{time.time_ns()}"
        data.mkdir()
        for file, content in files.items():
            (data / file).write_bytes(content)
            os.chown(data / file, 0, group)
            (data / file).chmod(mode)
            if not (folder / file).is_symlink():
                (folder / file).symlink_to(f"..data/{file}")
        (folder / "..new").symlink_to(data.name)
        (folder / "..new").rename(folder / "..data")

    def refresh(self):
        """Brings the files of ConfigMaps and Secrets up to date."""
        for folder, (source, group) in self.filled.items():
            self.fill(folder, *contents(self.node, source), group)

    def user(self):
        context = self.spec["securityContext"]
        return context["runAsUser"], context["runAsGroup"]

    def mounts(self):
        binds = {"/etc/resolv.conf": self.node.network.resolv}
        image = self.node.image(self.container["image"])
        binds |= image or DISTRIBUTION
        sources = {volume["name"]: volume for volume in self.spec.get("volumes", [])}
        for claim in self.owner["spec"].get("volumeClaimTemplates", []):
            name = claim["metadata"]["name"]
            sources[name] = {"persistentVolumeClaim": {"claimName": f"{name}-{self.name}"}}
        read_only = dict.fromkeys(binds, True)
        for mount in self.container.get("volumeMounts", []):
            binds[mount["mountPath"]] = self.volume(sources[mount["name"]], mount["name"])
            read_only[mount["mountPath"]] = mount.get("readOnly", False)
        return [
            {"destination": path, "type": "bind", "source": str(source), "options": ["bind", "ro" if read_only[path] else "rw"]}
            for path, source in binds.items()
        ]

    def bundle(self):
        """The OCI bundle: an empty read-only root, the image's one program or the machine's Redis, no capabilities."""
        root = self.folder / "root"
        root.mkdir()
        if not self.node.image(self.container["image"]):
            for link in ("bin", "sbin", "lib", "lib64"):
                (root / link).symlink_to(f"usr/{link}")
        uid, gid = self.user()
        limits = self.container["resources"]["limits"]
        config = {
            "ociVersion": "1.0.2",
            "root": {"path": str(root), "readonly": True},
            "hostname": self.name,
            "process": {
                "user": {"uid": uid, "gid": gid, "additionalGids": [self.spec["securityContext"].get("fsGroup", gid)]},
                "args": self.container.get("command", ["/service"]) + self.container.get("args", []),
                "env": self.environment(),
                "cwd": "/",
                "noNewPrivileges": True,
                "capabilities": {},
            },
            "mounts": [
                {"destination": "/proc", "type": "proc", "source": "proc"},
                {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "strictatime", "mode=755"]},
                *self.mounts(),
            ],
            "linux": {
                "namespaces": [{"type": kind} for kind in ("pid", "ipc", "uts", "mount")] + [{"type": "network", "path": f"/run/netns/{self.space}"}],
                "cgroupsPath": f"{self.node.cgroup}/{self.space}",
                "resources": {
                    "memory": {"limit": int(limits["memory"][:-2]) * UNITS[limits["memory"][-2:]]},
                    "cpu": {"quota": int(float(limits["cpu"]) * 100_000), "period": 100_000},
                },
            },
        }
        (self.folder / "config.json").write_text(json.dumps(config))

    # Its life

    def live(self):
        """Starts the container, looks after it, starts it again when it ends, until the pod is told to go."""
        while not self.terminating:
            with open(self.folder / "log", "ab") as log:
                self.process = subprocess.Popen(
                    ["runc", "--root", str(self.node.folder / "runc"), "run", "--bundle", str(self.folder), self.space], stdout=log, stderr=log, stdin=subprocess.DEVNULL
                )
            self.look_after()
            self.process.wait()
            self.ready = self.started = False
            self.node.changed()
            if not self.terminating:
                self.restarts += 1
                time.sleep(0.5)
        self.gone.set()

    def look_after(self):
        begun, failed, due = time.monotonic(), {}, {}
        while self.process.poll() is None:
            for kind in ("startup", "readiness", "liveness"):
                probe = self.container.get(f"{kind}Probe")
                if kind != "startup" and not self.started:
                    continue
                if not probe:
                    self.answered(kind, True)
                    continue
                if time.monotonic() < due.get(kind, begun) or kind == "startup" and self.started:
                    continue
                due[kind] = time.monotonic() + probe.get("periodSeconds", 10)
                well = self.probe(probe)
                failed[kind] = 0 if well else failed.get(kind, 0) + 1
                if well or failed[kind] >= probe.get("failureThreshold", 3):
                    self.answered(kind, well)
            time.sleep(0.1)

    def answered(self, kind, well):
        if kind == "startup":
            self.started |= well
        elif kind == "readiness" and well != self.ready:
            self.ready, self.ready_since = well, time.monotonic()
            self.node.changed()
        if kind != "readiness" and not well and not self.terminating:
            self.node.say(f"{self.name} fails its {kind} probe: killed")
            self.signal("KILL")

    def probe(self, probe):
        timeout = probe.get("timeoutSeconds", 1)
        try:
            if "grpc" in probe:
                return serves(f"{self.address}:{probe['grpc']['port']}", probe["grpc"].get("service", ""), timeout)
            if "httpGet" in probe:
                url = f"http://{self.address}:{self.port(probe['httpGet']['port'])}{probe['httpGet']['path']}"
                return urllib.request.urlopen(url, timeout=timeout).status < 400
            if "tcpSocket" in probe:
                socket.create_connection((self.address, self.port(probe["tcpSocket"]["port"])), timeout).close()
                return True
            return self.exec(probe["exec"]["command"], timeout)
        except (OSError, urllib.error.URLError, grpc.RpcError, subprocess.TimeoutExpired):
            return False

    def exec(self, command, timeout):
        done = subprocess.run(["runc", "--root", str(self.node.folder / "runc"), "exec", self.space, *command], capture_output=True, timeout=timeout + 1, check=False)
        return done.returncode == 0

    def port(self, port):
        return next((one["containerPort"] for one in self.container["ports"] if port in (one.get("name"), one["containerPort"])), port)

    def signal(self, name):
        # A container that has just ended cannot be told anything.
        subprocess.run(["runc", "--root", str(self.node.folder / "runc"), "kill", self.space, name], capture_output=True, check=False)

    def stop(self):
        """As a node ends a pod: nobody finds it any more, preStop, TERM, and KILL after the grace period."""
        self.terminating = True
        self.node.changed()
        threading.Thread(target=self.end, daemon=True).start()

    def end(self):
        grace = time.monotonic() + self.spec.get("terminationGracePeriodSeconds", 30)
        time.sleep(self.container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0))
        self.signal("TERM")
        if not self.gone.wait(max(0, grace - time.monotonic())):
            self.node.say(f"{self.name} has not ended within its grace period: killed")
            self.signal("KILL")
            self.node.killed.append(time.time())
            self.gone.wait()
        self.node.forget(self)
        self.node.network.unplug(self.space)
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self.folder / "volumes")


def contents(node, source):
    """Files of a volume: name → bytes; and the mode that they have."""
    if "projected" in source:
        parts = [contents(node, one) for one in source["projected"]["sources"]]
        return {name: data for files, _ in parts for name, data in files.items()}, source["projected"].get("defaultMode", 0o644)
    kind, key = ("ConfigMap", "configMap") if "configMap" in source else ("Secret", "secret")
    one = source[key]
    thing = node.objects[kind, one.get("name") or one["secretName"]]
    files = {name: text.encode() for name, text in (thing.get("data") or {}).items() if kind == "ConfigMap"}
    files |= {name: base64.b64decode(text) for name, text in (thing.get("data") or {}).items() if kind == "Secret"}
    files |= {name: text.encode() for name, text in thing.get("stringData", {}).items()}
    if "items" in one:
        files = {item["path"]: files[item["key"]] for item in one["items"]}
    return files, one.get("defaultMode", 0o644)


def serves(address, service, timeout):
    """Asks the gRPC health service, as a kubelet does: `grpc.health.v1.Health/Check`."""
    request = b"\x0a" + bytes([len(service)]) + service.encode() if service else b""
    with grpc.insecure_channel(address) as channel:
        check = channel.unary_unary("/grpc.health.v1.Health/Check", request_serializer=bytes, response_deserializer=bytes)
        return check(request, timeout=timeout) == b"\x08\x01"  # SERVING
