"""Checks that alerts and dashboards ask only for metrics, and labels of them, that are really exported.

Usage: metrics.py ROOT BINARIES OVERLAY.yaml...

The services are started and asked (live.py). A family with labels shows itself only once something has happened to it, so what
has not happened there is taken from the sources. What Redis' exporter shows is in redis-exporter.txt, and compared with the
exporter where it is installed.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import live
import yaml

FUNCTIONS = {
    "abs", "absent", "avg", "bool", "by", "count", "deriv", "histogram_quantile", "increase", "label_replace", "max", "min", "min_over_time",
    "on", "rate", "sum", "time", "topk", "without", "and", "or", "unless", "max_over_time", "ignoring", "group_left", "clamp_min",
}
# Prometheus' own and the kubelets', and what the PodMonitor adds to every series.
TARGET = {"job", "pod", "namespace", "instance", "container"}
OWN = {"up": TARGET} | {f"kubelet_volume_stats_{what}_bytes": {"namespace", "persistentvolumeclaim"} for what in ("available", "capacity")}


def from_sources(root):
    """Names that sources register, with the labels of their file: an upper bound."""
    found = {}
    names = (root / "services/shared/telemetry/src/names.rs").read_text()
    constants = dict(re.findall(r'pub const (\w+): &str = "([^"]+)"', names.split("pub mod metric")[1]))
    for file in (root / "services").glob("**/src/**/*.rs"):
        text = file.read_text()
        if not re.search(r"register\(|Collector|metric::", text):
            continue
        labels = set()
        for fields in re.findall(r"EncodeLabelSet\)\]\s*(?:pub(?:\(\w+\))? )?struct \w+ \{(.*?)\}", text, re.S):
            labels |= set(re.findall(r"(\w+):", fields))
        registered = re.findall(r'"(swiftline_\w+)"', text)
        registered += [constants[name] for name in re.findall(r"metric::(\w+)", text) if name in constants]
        for name in registered:
            kinds = ("", "_total", "_bucket", "_count", "_sum") if "Histogram" in text or "Seconds" in text else ("", "_total")
            for kind in kinds:
                found.setdefault(name + kind, set()).update(labels | {"le"})
    return found


def exporter(root):
    """Names of Redis' exporter: those of the list, once they have been compared with a real one where there is one."""
    names = set((root / "tools/k8s/redis-exporter.txt").read_text().split())
    program = shutil.which("prometheus-redis-exporter") or shutil.which("redis_exporter")
    if program and shutil.which("redis-server"):
        with tempfile.TemporaryDirectory() as folder:
            shown = live.redis_metrics(program, Path(folder))
        missing = names - set(shown)
        if missing:
            sys.exit(f"redis-exporter.txt names what the exporter does not show: {sorted(missing)}")
    return {name: set() for name in names}


def expressions(overlays):
    """(where, expression) of every alert and panel, and the names that rules record."""
    found, recorded = [], set()
    for path in overlays:
        for thing in yaml.safe_load_all(Path(path).read_text()):
            if thing["kind"] == "PrometheusRule":
                for group in thing["spec"]["groups"]:
                    for rule in group["rules"]:
                        found.append((rule.get("alert") or rule["record"], rule["expr"]))
                        recorded |= {rule["record"]} if "record" in rule else set()
            if thing["kind"] == "ConfigMap" and thing["metadata"]["name"] == "dashboards":
                for name, text in thing["data"].items():
                    for panel in json.loads(text)["panels"]:
                        found += [(f"{name}: {panel['title']}", target["expr"]) for target in panel["targets"]]
    return found, recorded


def asked(expression):
    """Metric names, and labels, that an expression asks for."""
    text = re.sub(r"\[[^\]]*\]", "", expression)
    # label_replace makes a label of its own; what it makes and reads are words in quotes.
    made = set(re.findall(r'label_replace\(.*?, "(\w+)", "[^"]*", "\w+", "[^"]*"\)', text))
    labels = set(re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*"', text))
    for listed in re.findall(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)", text):
        labels |= {label.strip() for label in listed.split(",") if label.strip()}
    text = re.sub(r"\b(?:by|without|on|ignoring)\s*\([^)]*\)", "", text)
    text = re.sub(r"\{[^}]*\}", "", re.sub(r'"[^"]*"', "", text))
    return set(re.findall(r"[a-zA-Z_:][\w:]*", text)) - FUNCTIONS, labels - made


def main():
    root, binaries, overlays = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    known = from_sources(root)
    programs = all((binaries / name).exists() for name in (*live.ORDER, "swiftctl")) and shutil.which("redis-server")
    if programs:
        shown = live.exported(binaries, overlays[0])
        print("probes: asked by gRPC, without Redis all four were alive and not ready, with it they were ready again")
        families = {re.sub(r"_(total|bucket|count|sum)$", "", name) for name in shown}
        known = {name: labels for name, labels in known.items() if re.sub(r"_(total|bucket|count|sum)$", "", name) not in families} | shown
    known |= exporter(root) | OWN
    found, recorded = expressions(overlays)
    wrong = []
    for where, expression in found:
        names, labels = asked(expression)
        wrong += [f"{where}: nobody exports {name}" for name in sorted(names - set(known) - recorded)]
        have = TARGET.union(*(known.get(name, set()) for name in names))
        wrong += [f"{where}: no metric of it has the label {label}" for label in sorted(labels - have)]
    for line in wrong:
        print(line, file=sys.stderr)
    how = "services that ran" if programs else "the sources"
    print(f"metrics: {len(found)} queries against {how}, {len(wrong)} wrong")
    sys.exit(bool(wrong))


main()
