"""Checks the alerts with promtool: that Prometheus reads them, and that they fire and keep quiet as rules.test.yaml says.

Usage: rules.py WORK_FOLDER OVERLAY.yaml...
"""

import subprocess
import sys
from pathlib import Path

import yaml


def promtool(*arguments, folder):
    done = subprocess.run(["promtool", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"promtool {' '.join(arguments)}:\n{done.stdout}{done.stderr}")


def main():
    work, overlays = Path(sys.argv[1]), sys.argv[2:]
    things = [thing for path in overlays for thing in yaml.safe_load_all(Path(path).read_text())]
    spec = next(thing["spec"] for thing in things if thing["kind"] == "PrometheusRule")
    (work / "rules.yaml").write_text(yaml.safe_dump(spec))
    tests = yaml.safe_load(Path(__file__).with_name("rules.test.yaml").read_text())
    alerts = {rule["alert"] for group in spec["groups"] for rule in group["rules"] if "alert" in rule}
    checks = [check for test in tests["tests"] for check in test["alert_rule_test"]]
    fired = {check["alertname"] for check in checks if check.get("exp_alerts")}
    quiet = {check["alertname"] for check in checks if not check.get("exp_alerts")}
    # Annotations are words for people; the tests are about when, and for whom.
    words = {rule["alert"]: rule["annotations"] for group in spec["groups"] for rule in group["rules"] if "alert" in rule}
    missing = [f"{alert} is never seen to {what}" for what, seen in (("fire", fired), ("keep quiet", quiet)) for alert in sorted(alerts - seen)]
    if missing:
        sys.exit("alerts: " + "; ".join(missing))
    for rule in (rule for group in spec["groups"] for rule in group["rules"] if rule.get("alert")):
        del rule["annotations"]
    (work / "bare.yaml").write_text(yaml.safe_dump(spec))
    (work / "rules.test.yaml").write_text(yaml.safe_dump({**tests, "rule_files": ["bare.yaml"]}))
    promtool("check", "rules", "rules.yaml", folder=work)
    promtool("test", "rules", "rules.test.yaml", folder=work)
    print(f"alerts: {len(words)} read by Prometheus, {len(checks)} expectations met")


main()
