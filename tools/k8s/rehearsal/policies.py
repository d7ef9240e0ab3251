"""Network policies as packet filters: what a network plugin makes of them, in each pod's own namespace.

As on a cluster, the node itself may always come in: its kubelet probes.
"""

from .network import NODE, run


def enforce(node):
    """Brings every pod's filter up to date."""
    for pod in node.pods:
        if pod.terminating:
            continue
        rules = filters(node, pod)
        if rules != pod.filter:
            run("ip", "netns", "exec", pod.space, "iptables-restore", stdin=rules)
            pod.filter = rules


def filters(node, pod):
    mine = [policy["spec"] for policy in node.of("NetworkPolicy") if matches(policy["spec"]["podSelector"], pod.labels)]
    lines = ["-A INPUT -i lo -j ACCEPT", "-A OUTPUT -o lo -j ACCEPT", f"-A INPUT -s {NODE} -j ACCEPT"]
    lines += [f"-A {chain} -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT" for chain in ("INPUT", "OUTPUT")]
    walls = set()
    for policy in mine:
        for way, chain, rules, peers in (("Ingress", "INPUT", "ingress", "from"), ("Egress", "OUTPUT", "egress", "to")):
            if way not in policy["policyTypes"]:
                continue
            walls.add(chain)
            for rule in policy.get(rules, []):
                for peer in rule[peers]:
                    for address, theirs in addresses(node, peer):
                        for port in rule["ports"]:
                            number = pod.port(port["port"]) if way == "Ingress" else theirs.port(port["port"]) if theirs else port["port"]
                            flag = "-s" if chain == "INPUT" else "-d"
                            lines.append(f"-A {chain} {flag} {address} -p {port['protocol'].lower()} --dport {number} -j ACCEPT")
    heads = [f":{chain} {'DROP' if chain in walls else 'ACCEPT'} [0:0]" for chain in ("INPUT", "OUTPUT")]
    return "\n".join(["*filter", *heads, *sorted(set(lines)), "COMMIT", ""])


def addresses(node, peer):
    """Who is meant: (address, pod or None). Other namespaces have the guests of the rehearsal and the name server."""
    if "namespaceSelector" not in peer:
        return [(pod.address, pod) for pod in node.pods if matches(peer["podSelector"], pod.labels) and not pod.terminating]
    there = peer["namespaceSelector"]["matchLabels"]["kubernetes.io/metadata.name"]
    return [(address, None) for namespace, address in node.guests.items() if namespace == there]


def matches(selector, labels):
    return selector.get("matchLabels", {}).items() <= labels.items()
