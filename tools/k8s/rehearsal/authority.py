"""What cert-manager does: signs the Certificates of the manifests and keeps them in their Secrets, here with openssl."""

import base64
import re

from .network import run


class Authority:
    """A CA of its own; its key is in the rehearsal's folder and goes with it."""

    def __init__(self, node):
        self.node = node
        self.folder = node.folder / "authority"
        self.folder.mkdir(mode=0o700)
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1", "-subj", "/CN=swiftline", "-keyout", "ca.key", "-out", "ca.crt")

    def openssl(self, *words):
        run("openssl", *words, cwd=self.folder)

    def sign_all(self):
        """A new key and certificate for each; volumes of running pods follow, as a kubelet sees to."""
        for wanted in self.node.of("Certificate"):
            if not wanted["spec"].get("isCA"):
                self.sign(wanted["spec"])
        for pod in list(self.node.pods):
            if not pod.terminating:
                pod.refresh()

    def sign(self, spec):
        names = ",".join(f"DNS:{name}" for name in spec["dnsNames"])
        uses = ",".join({"server auth": "serverAuth", "client auth": "clientAuth"}[use] for use in spec["usages"] if "auth" in use)
        hours = int(re.fullmatch(r"(\d+)h", spec["duration"])[1])
        (self.folder / "extensions").write_text(f"subjectAltName={names}\nextendedKeyUsage={uses}\nkeyUsage=digitalSignature\n")
        self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/", "-keyout", "key", "-out", "request")
        self.openssl("x509", "-req", "-in", "request", "-CA", "ca.crt", "-CAkey", "ca.key", "-days", str(max(1, hours // 24)), "-extfile", "extensions", "-out", "certificate")
        files = {"tls.crt": "certificate", "tls.key": "key", "ca.crt": "ca.crt"}
        data = {name: base64.b64encode((self.folder / file).read_bytes()).decode() for name, file in files.items()}
        self.node.objects["Secret", spec["secretName"]] = {"kind": "Secret", "metadata": {"name": spec["secretName"]}, "data": data}
