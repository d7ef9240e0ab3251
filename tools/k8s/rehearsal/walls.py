"""Who reaches whom: every pod and two guests try every port of every pod."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

# The edges of services/ARCHITECTURE.md: who may call, whom, on which port.
EDGES = {
    *((service, "redis-cluster", 6379) for service in ("intake", "classifier", "router", "feedback")),
    *((service, "tracebook", 4317) for service in ("intake", "classifier", "router", "feedback")),
    ("redis-cluster", "redis-cluster", 6379),
    ("redis-cluster", "redis-cluster", 16379),
    ("intake", "classifier", 7002),
    ("intake", "feedback", 7004),
    ("classifier", "router", 7003),
    ("feedback", "router", 7003),
    ("gateway", "intake", 7001),
    ("gateway", "router", 7003),
    ("gateway", "feedback", 7004),
}

# Connects to all at once; prints those that answer.
TRY = """
import selectors, socket, sys, time
waiting, end = selectors.DefaultSelector(), time.monotonic() + 2
for one in sys.argv[1:]:
    host, port = one.split(":")
    caller = socket.socket()
    caller.setblocking(False)
    try:
        caller.connect((host, int(port)))
    except BlockingIOError:
        pass
    waiting.register(caller, selectors.EVENT_WRITE, one)
while waiting.get_map() and time.monotonic() < end:
    for key, _ in waiting.select(end - time.monotonic()):
        if key.fileobj.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0:
            print(key.data)
        waiting.unregister(key.fileobj)
"""


def check(node):
    """Answers how many ways were tried; every one is open or shut as it should be."""
    first = {pod.owner["metadata"]["name"]: pod for pod in reversed(node.pods)}
    # Of Redis a second node: one reaches itself without a wall.
    second = {name: node.pods_of(name)[-1] for name in first}
    doors = {(name, one["containerPort"]): pod for name, pod in second.items() for one in pod.container["ports"]}
    callers = {name: pod.space for name, pod in first.items()} | {guest: guest for guest in ("gateway", "elsewhere")}
    with ThreadPoolExecutor() as together:
        found = list(together.map(lambda one: misfits(*one, doors), callers.items()))
    wrong = [line for lines in found for line in lines]
    if wrong:
        raise AssertionError("; ".join(wrong))
    return len(callers) * len(doors)


def misfits(caller, space, doors):
    """Ways of one caller that are open and should be shut, or the other way round."""
    targets = {f"{pod.address}:{port}": (name, port) for (name, port), pod in doors.items() if pod.space != space}
    done = subprocess.run(["ip", "netns", "exec", space, sys.executable, "-c", TRY, *targets], capture_output=True, text=True, check=True)
    reached = {targets[line] for line in done.stdout.split()}
    allowed = {(to, port) for who, to, port in EDGES if who == caller} & set(targets.values())
    return [f"{caller} reaches {to}:{port}" for to, port in reached - allowed] + [f"{caller} does not reach {to}:{port}" for to, port in allowed - reached]
