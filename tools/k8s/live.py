"""What the services export: starts them with their pods' environment beside a private Redis, gives them work, reads /metrics.

Run by itself it prints one `name type label,label` a line: live.py BINARIES OVERLAY.yaml
"""

import contextlib
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import yaml
from probe import health

# Those that are called first.
ORDER = ("router", "classifier", "feedback", "intake")
WORK = (
    ("Burst water main, the street is flooding and a wire is down, someone may be hurt", "phone"),
    ("小区停水两天了，家里有老人", "web"),
    ("When does the heating season start?", "app"),
)


class Mesh:
    """Four services and a Redis, until it is closed."""

    def __init__(self, binaries, overlay, data=None, before=None, env=None):
        """`data` is a folder with a Redis' file; `before` is called with the mesh when Redis is up and no service is; `env` is what services have besides, by name."""
        self.binaries, self.data, self.before, self.env = Path(binaries), data, before, env or {}
        self.things = [thing for thing in yaml.safe_load_all(Path(overlay).read_text()) if thing]
        self.folder = Path(tempfile.mkdtemp(prefix="swiftline-live-"))
        self.processes, self.grpc, self.metrics = [], {}, {}

    def __enter__(self):
        try:
            self.start_redis()
            self.write_pack()
            if self.before:
                live_redis = lambda: subprocess.run(["redis-cli", "-p", str(self.port), "ping"], capture_output=True, check=False).stdout == b"PONG\n"  # noqa: E731
                until(live_redis, "Redis answers")
                self.before(self)
            for service in ORDER:
                self.start(service)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def spawn(self, *command, **options):
        with open(self.folder / f"{Path(command[0]).name}.log", "w") as log:
            self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, **options))

    def start_redis(self, port=None):
        self.port = port or free_port()
        self.spawn("redis-server", "--port", str(self.port), "--dir", str(self.data or self.folder), "--appendonly", "yes", "--save", "")
        config = self.folder / "settings.toml"
        config.write_text(f'[store]\nurl = "redis://127.0.0.1:{self.port}"\n')
        self.config = config

    def write_pack(self):
        """The city as the ConfigMaps have it."""
        (self.folder / "city").mkdir()
        for thing in self.things:
            if thing["kind"] == "ConfigMap" and re.match(r"city(-places|-rules)?(-[a-z0-9]{10})?$", thing["metadata"]["name"]):
                for name, text in thing["data"].items():
                    (self.folder / "city" / name).write_text(text)

    def environment(self, service):
        """The pod's, with the addresses and folders of this machine."""
        pod = next(t for t in self.things if t["kind"] == "Deployment" and t["metadata"]["name"] == service)
        one = pod["spec"]["template"]["spec"]["containers"][0]
        env = {}
        for source in one["envFrom"]:
            name = source.get("configMapRef", {}).get("name")
            env |= next((t["data"] for t in self.things if t["kind"] == "ConfigMap" and t["metadata"]["name"] == name), {})
        env |= {item["name"]: item.get("value", f"{service}-0") for item in one["env"]}
        here = {
            "SWIFTLINE_CONFIG": str(self.config),
            "SWIFTLINE_CITY__PACK": str(self.folder / "city"),
            "SWIFTLINE_SERVER__LISTEN": "127.0.0.1:0",
            "SWIFTLINE_RUNTIME__METRICS_LISTEN": "127.0.0.1:0",
            "SWIFTLINE_TELEMETRY__OTLP_ENDPOINT": "",
            "SWIFTLINE_CONTACT__KEYS_FILE": "",
            "SWIFTLINE_STORE__PASSWORD_FILE": "",
            # Without certificates, and on loopback: tests/e2e has the mesh with them.
            "SWIFTLINE_TLS__MODE": "loopback",
            "SWIFTLINE_TLS__CERTIFICATE": "",
            "SWIFTLINE_TLS__KEY": "",
            "SWIFTLINE_TLS__CA": "",
            "SWIFTLINE_ARCHIVE__URL": str(self.folder / "archive"),
        }
        env |= {key: value for key, value in here.items() if key in env or key == "SWIFTLINE_ARCHIVE__URL" and service == "feedback"}
        for key, value in env.items():
            target = re.fullmatch(r"dns://([a-z]+):\d+", value)
            # The classifier is asked for previews only, and starts after intake could name it.
            env[key] = f"http://{self.grpc[target[1]]}" if target else value
        return env | self.env.get(service, {}) | {"SWIFTLINE_RUNTIME__READY_FILE": str(self.folder / f"{service}.ready")}

    def start(self, service):
        self.spawn(str(self.binaries / service), env=self.environment(service))
        ready = self.folder / f"{service}.ready"
        until(lambda: ready.exists() and ready.read_text().endswith("\n") or self.processes[-1].poll() is not None, f"{service} serves")
        if not ready.exists():
            raise RuntimeError(f"{service} did not start: {(self.folder / f'{service}.log').read_text()[-2000:]}")
        addresses = json.loads(ready.read_text())
        self.grpc[service], self.metrics[service] = addresses["grpc"], addresses["metrics"]

    def swiftctl(self, *arguments):
        mesh = [flag for service in ORDER for flag in (f"--{service}", f"http://{self.grpc[service]}")]
        done = subprocess.run([self.binaries / "swiftctl", *mesh, "--output", "json", *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"swiftctl {' '.join(arguments)}: {done.stderr}")
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def work(self):
        """A few complaints, one of them signed, so that families with labels have some."""
        for text, channel in WORK:
            self.swiftctl("submit", "--text", text, "--channel", channel, "--lat", "39.91", "--lon", "116.41")
        until(lambda: any(row.get("waiting") or row.get("open") for row in self.swiftctl("queues", "--all") if row.get("type") != "group"), "orders wait")

    def get(self, service, path):
        try:
            with urllib.request.urlopen(f"http://{self.metrics[service]}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def scrape(self, service):
        return self.get(service, "/metrics")[1]

    def without_redis(self):
        """What the probes rest on: without Redis services are alive and not ready, and with it they are ready again by themselves."""
        all_are = lambda status, service="": all(health(self.metrics[one], service) == status for one in ORDER)  # noqa: E731
        until(lambda: all_are("SERVING"), "all are ready")
        redis = self.processes[0]
        redis.terminate()
        redis.wait(10)
        until(lambda: all_are("NOT_SERVING") and all(self.get(service, "/readyz")[0] == 503 for service in ORDER), "nobody is ready without Redis")
        alive = all_are("SERVING", "liveness") and all(self.get(service, "/livez")[0] == 200 for service in ORDER)
        self.start_redis(self.port)
        until(lambda: all_are("SERVING") and all(self.get(service, "/readyz")[0] == 200 for service in ORDER), "all are ready again")
        return alive and all(process.poll() is None for process in self.processes[1:])


def until(is_so, what, seconds=60):
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def families(text):
    """Series names with the labels seen, from OpenMetrics text; families that have no value yet are there without labels."""
    series = {}
    open_metrics = "# EOF" in text
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.M):
        suffixes = {"counter": ("_total",) if open_metrics else ("",), "histogram": ("_bucket", "_count", "_sum")}.get(kind, ("",))
        for suffix in suffixes:
            series[name + suffix] = {"le"} if suffix == "_bucket" else set()
    for name, labels in re.findall(r"^([a-zA-Z_:][\w:]*)\{([^}]*)\}", text, re.M):
        series.setdefault(name, set()).update(re.findall(r'(\w+)="', labels))
    return series


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def redis_metrics(program, folder):
    """What Redis' exporter shows of a Redis that is as the manifests have it: with a password, and a file for it."""
    redis, shown = free_port(), free_port()
    (folder / "exporter.json").write_text(json.dumps({f"redis://localhost:{redis}": "secret"}))
    commands = [
        ["redis-server", "--port", str(redis), "--dir", str(folder), "--appendonly", "yes", "--save", "", "--requirepass", "secret"],
        [program, f"--redis.addr=redis://localhost:{redis}", f"--redis.password-file={folder}/exporter.json", f"--web.listen-address=127.0.0.1:{shown}"],
    ]
    processes = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for command in commands]
    text = ""

    def is_up():
        nonlocal text
        with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{shown}/metrics", timeout=5) as answer:
            text = answer.read().decode()
        return "\nredis_up 1\n" in text

    try:
        until(is_up, "Redis' exporter reaches Redis", 20)
        return families(text)
    finally:
        for process in processes:
            process.terminate()
            process.wait(10)


def exported(binaries, overlay):
    """Series of all services, with their labels. Looks at the probes, too: the mesh is there anyway."""
    found = {}
    with Mesh(binaries, overlay) as mesh:
        mesh.work()
        # The router looks at its queues every few seconds.
        until(lambda: "swiftline_queue_depth{" in mesh.scrape("router"), "the router has looked at its queues")
        until(lambda: "swiftline_callbacks_waiting{" in mesh.scrape("feedback"), "feedback has looked who is to be called")
        for service in ORDER:
            for name, labels in families(mesh.scrape(service)).items():
                found.setdefault(name, set()).update(labels)
        if not mesh.without_redis():
            raise RuntimeError("a service died, or said that it had, because Redis was away")
    return found


if __name__ == "__main__":
    for name, labels in sorted(exported(*sys.argv[1:3]).items()):
        print(name, ",".join(sorted(labels)))
