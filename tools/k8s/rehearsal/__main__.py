"""A cluster on one machine, what happens to it, and what must be true afterwards. Started by tools/k8s/rehearse."""

import argparse
import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

from . import walls
from .authority import Authority
from .load import Load
from .node import Node, until
from .pod import contents

ROOT = Path(__file__).resolve().parents[3]
SERVICES = ("intake", "classifier", "router", "feedback")
# A span is sent within so many seconds; those of a pod that is killed meanwhile are gone with it.
UNSENT = 8


def main():
    arguments = argparse.ArgumentParser(prog="tools/k8s/rehearse", description=__doc__)
    arguments.add_argument("--short", action="store_true", help="some two minutes: a few kinds of trouble, for one service each")
    arguments.add_argument("--rate", type=float, default=20, help="complaints a second (20)")
    arguments.add_argument("--keep", action="store_true", help="leave the pods' logs, and say where")
    arguments.add_argument("programs", type=Path, help="folder of the services' programs, demo and swiftctl")
    arguments.add_argument("--images", type=Path, help="folder of static programs, as tools/image builds them: pods get an image with nothing else in it")
    asked = arguments.parse_args()
    pods = asked.images or asked.programs
    for where, names in ((pods, (*SERVICES, "tracebook")), (asked.programs, ("demo", "swiftctl"))):
        if missing := [name for name in names if not (where / name).is_file()]:
            arguments.error(f"{where} lacks {', '.join(missing)}")

    folder = Path(os.environ["REHEARSAL"])
    # Everything that a pod mounts is below; its user must get there.
    folder.chmod(0o755)
    node = Node(folder, rendered(), pods.resolve(), f"/{folder.name}")
    Path("/etc/resolv.conf").touch()
    subprocess.run(["mount", "--bind", node.network.resolv, "/etc/resolv.conf"], check=True)
    well = False
    try:
        well = rehearse(node, asked)
    except (AssertionError, RuntimeError, TimeoutError, subprocess.CalledProcessError) as error:
        print(f"FAILED: rehearsal: {error}", file=sys.stderr)
    if not well or asked.keep:
        (folder / "keep").touch()
        print(f"logs: {folder}")
    sys.stdout.flush()
    os._exit(0 if well else 1)  # the kernel ends what is left: see tools/k8s/rehearse


def rendered():
    """The overlay with the Secrets that an installation makes once."""
    overlay = subprocess.run(["kubectl", "kustomize", ROOT / "tools/k8s/rehearsal/overlay"], check=True, capture_output=True, text=True).stdout
    secrets = subprocess.run([ROOT / "tools/k8s/secrets", "redis-cluster"], check=True, capture_output=True, text=True).stdout
    return f"{overlay}\n---\n{secrets}"


def rehearse(node, asked):
    authority = Authority(node)
    authority.sign_all()
    node.start_all()
    node.wait_ready()
    until(lambda: any(redis_is_whole(pod) for pod in node.pods_of("redis-cluster")), "Redis' nodes make a cluster", 60)
    node.wait_ready()
    node.say(f"{len(node.pods)} pods are ready")
    node.say(f"{walls.check(node)} ways tried from pod to pod and from outside, each open or shut as it should be")

    settings = secret(node, "redis-auth") / "settings.toml"
    load = Load(node, asked.programs / "demo", ROOT / "k8s/cities/nyc", settings, secret(node, "operator-tls"), asked.rate)
    time.sleep(3)
    (short if asked.short else full)(node, authority)
    node.wait_ready()
    time.sleep(3)
    node.say("no more complaints: until the mesh is at rest")
    return judge(node, load.end())


def secret(node, name):
    """The files of a Secret, as somebody has them on a machine of their own."""
    folder = node.folder / name
    folder.mkdir(mode=0o700)
    files, _ = contents(node, {"secret": {"secretName": name}})
    for file, data in files.items():
        (folder / file).write_bytes(data)
    return folder


def short(node, authority):
    rolls(node, "router")
    renews(node, authority)
    kills(node, "classifier")
    cuts_off(node, "intake", 6)
    redis_dies(node)


def full(node, authority):
    for service in SERVICES:
        rolls(node, service)
    for service in SERVICES:
        kills(node, service)
    grows(node, "intake")
    for service in SERVICES:
        cuts_off(node, service, 15)
    redis_dies(node)
    redis_moves(node)
    cuts_off(node, "tracebook", 10)
    renews(node, authority)


def rolls(node, service):
    node.say(f"{service}: every pod gives way to a new one")
    node.roll(service)


def kills(node, service):
    pod = node.pods_of(service)[0]
    node.say(f"{pod.name}: killed")
    node.kill(pod)
    node.wait_ready(service)


def grows(node, service):
    pod = node.scale_up(service)
    node.say(f"{pod.name}: one pod more")
    until(lambda: pod.ready and metric(pod, r"swiftline_submissions_total\{") > 0, f"{pod.name} gets calls", 60)
    node.say(f"{pod.name} gets calls, {time.monotonic() - pod.ready_since:.0f} s after it was ready")


def cuts_off(node, service, seconds):
    pod = node.pods_of(service)[0]
    node.say(f"{pod.name}: cut off for {seconds} s")
    node.network.cut(pod.space)
    time.sleep(seconds)
    node.network.cut(pod.space, False)
    node.wait_ready(service)


def renews(node, authority):
    """Every certificate, while calls run. Services look at their files every few seconds."""
    services = [pod for service in SERVICES for pod in node.pods_of(service)]
    wanted = {pod: loaded(pod) + 1 for pod in services}
    authority.sign_all()
    until(lambda: all(loaded(pod) >= number for pod, number in wanted.items()), "every pod has its new certificate", 120)
    node.say(f"{len(services)} pods have another certificate and key")


def loaded(pod):
    return metric(pod, r'swiftline_file_changes_total\{setting="tls",outcome="loaded"\}')


def redis_dies(node):
    pod = next(pod for pod in node.pods_of("redis-cluster") if "role:master" in redis(pod, "info", "replication"))
    node.say(f"{pod.name}, a master: killed")
    node.kill(pod)
    node.killed.pop()  # Redis sends no spans
    until(lambda: all(redis_is_whole(pod) for pod in node.pods_of("redis-cluster")), "Redis is whole again", 120)


def redis_moves(node):
    pod = next(pod for pod in node.pods_of("redis-cluster") if "role:master" in redis(pod, "info", "replication"))
    node.say(f"{pod.name}, a master: comes back at another address")
    node.replace(pod)
    until(lambda: all(redis_is_whole(pod) for pod in node.pods_of("redis-cluster")), "Redis is whole again", 120)


def redis(pod, *words):
    """What a node of Redis answers, asked inside its pod as the manifest's own probe does; empty while it does not."""
    command = " ".join(["REDISCLI_AUTH=$(cat /run/secrets/redis/password) redis-cli", *words])
    asked = ["runc", "--root", str(pod.node.folder / "runc"), "exec", pod.space, "sh", "-c", command]
    return subprocess.run(asked, capture_output=True, text=True, check=False).stdout


def redis_is_whole(pod):
    said = redis(pod, "cluster", "info")
    return "cluster_state:ok" in said and "cluster_slots_fail:0" in said and "cluster_known_nodes:6" in said


def metric(pod, series):
    """The sum of the series that match."""
    text = urllib.request.urlopen(f"http://{pod.address}:{pod.port('metrics')}/metrics", timeout=5).read().decode()
    return sum(float(line.split(" # ")[0].split()[-1]) for line in text.splitlines() if re.match(series, line))


def judge(node, outcome):
    """Prints what came of it; true when every promise was kept."""
    close = [torn for torn in outcome["torn"] if torn["at"] and is_excused(node, torn["at"])]
    torn = [one for one in outcome["torn"] if one not in close]
    print(f"  {outcome['accepted']} complaints accepted, {outcome['routed']} routed, {len(outcome['refused'])} refused")
    print(f"  number given after {outcome['submit_p50_ms']:.1f} ms (median), {outcome['submit_p99_ms']:.0f} ms (99 of 100)")
    print(f"  {len(outcome['lost'])} lost, {len(outcome['duplicated'])} doubled")
    print(f"  {outcome['accepted'] - len(outcome['torn'])} traces whole, {len(close)} lack spans that a killed pod had not sent, {len(torn)} others")
    for code, count, message in outcome["desks_refused"]:
        print(f"  desks were refused {count} times with {code}, such as: {message}")
    for kind in ("refused", "lost", "duplicated"):
        for line in outcome[kind][:10]:
            print(f"  {kind}: {line}")
    for one in torn[:10]:
        print(f"  torn: {one['case']} lacks {one['missing']}")
    return not (outcome["refused"] or outcome["lost"] or outcome["duplicated"] or torn)


def is_excused(node, at):
    return any(killed - UNSENT <= at <= killed for killed in node.killed)


if __name__ == "__main__":
    main()
