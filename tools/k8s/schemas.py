"""Checks rendered manifests against schemas: core kinds strictly with kubernetes-validate, custom kinds with crds.mjs.

Usage: schemas.py NODE_FOLDER OVERLAY.yaml...
"""

import functools
import json
import subprocess
import sys
from pathlib import Path

import kubernetes_validate
import yaml
from kubernetes_validate import utils

# It reads its definitions again for each object, which is most of the time.
utils.schema_contents = functools.cache(utils.schema_contents)

CUSTOM = ("keda.sh/", "gateway.networking.k8s.io/", "monitoring.coreos.com/", "cert-manager.io/")
# The oldest Kubernetes that k8s/README.md names, and the newest that the package knows.
VERSIONS = ("1.31", kubernetes_validate.latest_version())


def is_custom(thing):
    return thing["apiVersion"].startswith(CUSTOM)


def core_problems(thing):
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(thing, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            yield f"{version}: {'.'.join(map(str, error.path))}: {error.message}"
        except kubernetes_validate.SchemaNotFoundError as error:
            yield error.message


def main():
    node, *files = sys.argv[1:]
    things = [(Path(file).stem, thing) for file in files for thing in yaml.safe_load_all(Path(file).read_text())]
    failed = 0
    core = [(where, thing) for where, thing in things if not is_custom(thing)]
    for where, thing in core:
        for problem in core_problems(thing):
            failed += 1
            print(f"{where}: {thing['kind']}/{thing['metadata']['name']}: {problem}", file=sys.stderr)
    custom = [json.dumps({"where": where, "object": thing}) for where, thing in things if is_custom(thing)]
    script = Path(__file__).with_name("crds.mjs")
    done = subprocess.run(["node", script, node], input="\n".join(custom), text=True, stdout=subprocess.PIPE, check=False)
    if done.returncode or int(done.stdout or -1) != len(custom):
        failed += 1
    print(f"schemas: {len(core)} core and {len(custom)} custom objects in {len(files)} overlays")
    sys.exit(bool(failed))


main()
