"""A node and a control plane, as far as a rehearsal needs them: Deployments, StatefulSets, Services' names, network policies."""

import subprocess
import threading
import time

import yaml

from . import policies
from .network import NODE, Network
from .pod import Pod


class Node:
    """Runs the objects of an overlay. `programs` is the folder of the services' programs; static ones get an empty image."""

    def __init__(self, folder, manifest, programs, cgroup):
        self.folder, self.programs, self.cgroup = folder, programs, cgroup
        things = [thing for thing in yaml.safe_load_all(manifest) if thing]
        self.objects = {(thing["kind"], thing["metadata"]["name"]): thing for thing in things}
        self.network = Network(folder)
        self.pods, self.killed, self.serial = [], [], 0
        # Namespaces beside ours: the name server's, and one that calls the services from outside.
        self.guests = {"kube-system": NODE, "gateway": self.network.plug_in("gateway"), "elsewhere": self.network.plug_in("elsewhere")}
        self.lock = threading.RLock()
        self.begun = time.monotonic()

    def say(self, text):
        print(f"  {time.monotonic() - self.begun:6.1f} s  {text}", flush=True)

    def of(self, kind):
        return [thing for (its_kind, _), thing in self.objects.items() if its_kind == kind]

    def image(self, name):
        """What a container sees of one of our images: the program, and the machine's libraries when it is not static."""
        if not name.startswith("swiftline/"):
            return None
        program = self.programs / name.split("/")[1].split(":")[0]
        needs_libraries = b"=>" in subprocess.run(["ldd", program], capture_output=True, check=False).stdout
        libraries = {path: path for path in ("/lib", "/lib64", "/usr/lib")} if needs_libraries else {}
        return {"/service": program, **libraries}

    # Pods

    def add(self, owner, name=None):
        with self.lock:
            self.serial += 1
            name = name or f"{owner['metadata']['name']}-{self.serial:03}"
            pod = Pod(name, self.serial, owner, self)
            self.pods.append(pod)
        self.changed()
        return pod.start()

    def forget(self, pod):
        with self.lock:
            self.pods.remove(pod)

    def pods_of(self, name):
        with self.lock:
            return [pod for pod in self.pods if pod.owner["metadata"]["name"] == name and not pod.terminating]

    def changed(self):
        """Endpoints and walls follow the pods."""
        with self.lock:
            names = {}
            for service in self.of("Service"):
                wanted = service["spec"]["selector"].items()
                also_unready = service["spec"].get("publishNotReadyAddresses", False)
                for pod in self.pods:
                    if pod.terminating or not (pod.ready or also_unready) or not wanted <= pod.labels.items():
                        continue
                    names.setdefault(service["metadata"]["name"], []).append(pod.address)
                    if pod.owner["spec"].get("serviceName") == service["metadata"]["name"]:
                        names[f"{pod.name}.{service['metadata']['name']}"] = [pod.address]
            self.network.publish(names)
            policies.enforce(self)

    # Controllers

    def start_all(self):
        for owner in self.of("StatefulSet"):
            for ordinal in range(owner["spec"]["replicas"]):
                self.add(owner, f"{owner['metadata']['name']}-{ordinal}")
        for owner in self.of("Deployment"):
            for _ in range(owner["spec"]["replicas"]):
                self.add(owner)

    def wait_ready(self, *names, seconds=180):
        owners = names or [owner["metadata"]["name"] for kind in ("StatefulSet", "Deployment") for owner in self.of(kind)]

        def is_ready():
            return all(pod.ready for name in owners for pod in self.pods_of(name))

        until(is_ready, f"{', '.join(owners)} ready", seconds)

    def roll(self, name):
        """A new pod first; when it has been ready for minReadySeconds an old one goes."""
        owner = self.objects["Deployment", name]
        for old in self.pods_of(name):
            new = self.add(owner)
            until(lambda new=new: new.ready and time.monotonic() - new.ready_since >= owner["spec"].get("minReadySeconds", 0), f"{new.name} ready", 120)
            old.stop()

    def scale_up(self, name):
        return self.add(self.objects["Deployment", name])

    def replace(self, pod):
        """A pod of a StatefulSet goes and comes back with its disk and another address."""
        pod.stop()
        pod.gone.wait()
        return self.add(pod.owner, pod.name)

    def kill(self, pod):
        """The container dies at once; the node starts it again."""
        restarts = pod.restarts
        pod.signal("KILL")
        self.killed.append(time.time())  # not before: until then it works, and loses what it has not sent
        until(lambda: pod.restarts > restarts, f"{pod.name} restarted", 30)


def until(is_so, what, seconds):
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(0.1)
