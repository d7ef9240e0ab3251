"""Checks the guide and the runbooks: a page for each alert, commands with flags that exist, files and objects that are there.

Usage: docs.py ROOT BINARIES OVERLAY.yaml...
"""

import functools
import re
import subprocess
import sys
from pathlib import Path

import yaml

PARTS = ("## What it means", "## See", "## Do")
# Made by others: KEDA names its autoscalers, Tempo and cert-manager have their own manifests.
OTHERS = {"hpa": {"classifier", "feedback"}, "svc": {"tempo"}, "deploy": {"cert-manager"}}
KINDS = {
    "deploy": "Deployment", "deployment": "Deployment", "statefulset": "StatefulSet", "hpa": "HorizontalPodAutoscaler",
    "scaledobject": "ScaledObject", "svc": "Service", "secret": "Secret",
}


def commands(text, program):
    """Command lines of a program, in blocks and in line, cut at pipes, comments and substitutions."""
    pieces = re.findall(r"```sh\n(.*?)```", text, re.S) + re.findall(r"`([^`\n]+)`", text)
    for piece in pieces:
        for line in piece.replace("\\\n", " ").splitlines():
            for part in re.split(r"\||;|&&|\$\(|\s#|\s&$", line):
                words = part.strip().split()
                if len(words) > 1 and words[0] == program:
                    yield words


def help_of(program):
    @functools.cache
    def text(path):
        done = subprocess.run([program, *path, "--help"], capture_output=True, text=True, check=False)
        return done.stdout if done.returncode == 0 else None

    return text


def wrong_swiftctl(words, text):
    path, plain = (), [word for word in words[1:] if not word.startswith("-")]
    for word in plain:
        if not re.fullmatch(r"[a-z-]+", word) or f"\n  {word} " not in (text(path) or "").split("Options:")[0].split("Commands:")[-1] + " ":
            break
        path += (word,)
    shown = text(path)
    if plain and not path:
        return f"there is no command {plain[0]}"
    mentioned = len(words) == len(path) + 1
    if "Commands:" in shown and "--help" not in words and not mentioned:
        return f"swiftctl {' '.join(path)} wants one of its commands"
    flags = {re.split("[= ]", word)[0] for word in words if word.startswith("--")} - {"--help"}
    unknown = sorted(flag for flag in flags if not re.search(rf"{flag}\b(?!-)", shown))
    return f"{' '.join(path)} has no {unknown}" if unknown else None


def main():
    root, binaries, overlays = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    things = [thing for path in overlays for thing in yaml.safe_load_all(Path(path).read_text())]
    names = {}
    for thing in things:
        names.setdefault(thing["kind"], set()).add(thing["metadata"]["name"])
    alerts = {
        rule["alert"]: rule["annotations"]["runbook"]
        for thing in things if thing["kind"] == "PrometheusRule" for group in thing["spec"]["groups"] for rule in group["rules"] if "alert" in rule
    }
    pages = {file.stem: file for file in (root / "k8s/runbooks").glob("*.md") if file.stem != "README"}
    wrong = [f"{name}: has an alert or a page, and not both" for name in sorted(set(alerts) ^ set(pages))]
    wrong += [f"{name}: its runbook is called {page}" for name, page in alerts.items() if page != f"k8s/runbooks/{name}.md"]
    program, checked = binaries / "swiftctl", 0
    text = help_of(program)
    for file in [root / "k8s/README.md", root / "k8s/runbooks/README.md", *pages.values()]:
        where, written = file.relative_to(root), file.read_text()
        if file.stem in pages:
            wrong += [f"{where}: has no {part!r}" for part in PARTS if part not in written]
        for target in re.findall(r"\]\(([^)#]+)", written):
            if not target.startswith("http") and not (file.parent / target).exists():
                wrong.append(f"{where}: there is no {target}")
        for path in re.findall(r"(?<![\w./-])((?:k8s|tools|services)/[\w./-]*\w)", written):
            if not (root / path).exists():
                wrong.append(f"{where}: there is no {path}")
        for words in commands(written, "kubectl"):
            checked += 1
            line = " ".join(words)
            for kind, name in re.findall(r"\b(deploy|deployment|statefulset|hpa|scaledobject|svc)[/ ]([a-z-]+)\b(?!=)", line):
                if name not in names.get(KINDS[kind], set()) | OTHERS.get(kind, set()):
                    wrong.append(f"{where}: {line}: there is no {kind} {name}")
        for words in commands(written, "swiftctl"):
            if program.exists():
                checked += 1
                problem = wrong_swiftctl(words, text)
                wrong += [f"{where}: {' '.join(words)}: {problem}"] if problem else []
    for line in wrong:
        print(line, file=sys.stderr)
    print(f"guide: {len(pages)} runbooks, {checked} commands, {len(wrong)} wrong")
    sys.exit(bool(wrong))


main()
