"""The network of the pods: a bridge, a namespace with a veth pair for each pod, and a name server.

All of it lives in the network namespace of this process, so the kernel takes it away when the process ends, however it ends.
"""

import ipaddress
import signal
import subprocess

NODE = "10.77.0.1"
DOMAIN = "swiftline.svc.cluster.local"


def run(*command, stdin=None, cwd=None):
    done = subprocess.run(command, input=stdin, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


class Network:
    """Addresses are given once and never again, as a pod that comes back has another one."""

    def __init__(self, folder):
        self.folder = folder
        self.free = ipaddress.ip_network("10.77.0.0/16").hosts()
        next(self.free)  # the node's
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "pods", "type", "bridge")
        run("ip", "address", "add", f"{NODE}/16", "dev", "pods")
        run("ip", "link", "set", "pods", "up")
        self.hosts = folder / "hosts"
        self.hosts.write_text("")
        self.resolv = folder / "resolv.conf"
        self.resolv.write_text(f"search {DOMAIN} svc.cluster.local cluster.local\nnameserver {NODE}\noptions ndots:5 timeout:1\n")
        # Names of pods are looked up every few seconds: none is remembered here.
        command = ["dnsmasq", "--keep-in-foreground", "--no-resolv", "--no-hosts", f"--addn-hosts={self.hosts}", "--local=/cluster.local/", "--local-ttl=0"]
        command += ["--cache-size=0", f"--listen-address={NODE}", "--bind-interfaces", "--user=root", "--pid-file=", "--log-facility=-"]
        self.names = subprocess.Popen(command, stdout=open(folder / "dns.log", "w"), stderr=subprocess.STDOUT)

    def publish(self, names):
        """Makes the name server answer with these addresses: name → addresses."""
        text = "".join(f"{address} {name}.{DOMAIN}\n" for name, addresses in sorted(names.items()) for address in addresses)
        if text != self.hosts.read_text():
            self.hosts.write_text(text)
            self.names.send_signal(signal.SIGHUP)

    def plug_in(self, space):
        """A namespace with an address of its own; answers the address."""
        address, cable = str(next(self.free)), f"v-{space}"[:15]
        run("ip", "netns", "add", space)
        run("ip", "link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", space)
        run("ip", "link", "set", cable, "master", "pods", "up")
        run("ip", "-n", space, "address", "add", f"{address}/16", "dev", "eth0")
        for device in ("lo", "eth0"):
            run("ip", "-n", space, "link", "set", device, "up")
        return address

    def unplug(self, space):
        run("ip", "netns", "delete", space)

    def cut(self, space, is_cut=True):
        """Nothing comes or goes any more, and nobody is told; or it does again."""
        run("ip", "link", "set", f"v-{space}"[:15], "down" if is_cut else "up")
