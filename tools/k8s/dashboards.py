"""Writes the dashboards of k8s/components/monitoring; with --check says whether the files are what this would write.

A panel is a title, a unit and its queries, each with a legend. Latencies show exemplars: a click leads to the trace.
"""

import json
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "k8s/components/monitoring/dashboards"
SOURCE = {"type": "prometheus", "uid": "${source}"}


def rate(series, by=""):
    return f"sum{f' by ({by})' if by else ''} (rate({series}[$__rate_interval]))"


def quantile(q, histogram, by="", labels=""):
    by = f"le, {by}" if by else "le"
    return f"histogram_quantile({q}, sum by ({by}) (rate({histogram}_bucket{labels}[$__rate_interval])))"


def percentiles(histogram, labels=""):
    return [(quantile(q, histogram, labels=labels), f"p{q * 100:g}") for q in (0.5, 0.95, 0.99)]


def served(package):
    """What every service's dashboard begins with."""
    labels = f'{{rpc_method=~"swiftline.{package}.*"}}'
    job = f'{{job="{package}"}}'
    return [
        ("Calls", "reqps", [(rate(f"rpc_server_call_duration_seconds_count{labels}", "rpc_method"), "{{rpc_method}}")]),
        ("Calls that were not OK", "reqps", [(
            rate(f'rpc_server_call_duration_seconds_count{{rpc_method=~"swiftline.{package}.*",rpc_status_code!="OK"}}', "rpc_method, rpc_status_code"),
            "{{rpc_method}} {{rpc_status_code}}")]),
        ("Time to answer, p99", "s", [(quantile(0.99, "rpc_server_call_duration_seconds", "rpc_method", labels), "{{rpc_method}}")]),
        ("Processor", "short", [(f"rate(process_cpu_seconds_total{job}[$__rate_interval])", "{{pod}}")]),
        ("Memory", "bytes", [(f"process_resident_memory_bytes{job}", "{{pod}}")]),
    ]


# What the dashboard of queues has chosen.
HERE = '{district=~"$district",unit=~"$unit"}'

DASHBOARDS = {
    "overview": ("Swiftline: overview", [
        ("Submissions", "reqps", [(rate("swiftline_submissions_total", "result"), "{{result}}")]),
        ("Refused or failed, of all (allowed: 0.1 %)", "percentunit", [("swiftline:submissions_refused:ratio_rate5m", "5 minutes"), ("swiftline:submissions_refused:ratio_rate6h", "6 hours")]),
        ("Slower than 250 ms, of all (allowed: 1 %)", "percentunit", [("swiftline:submit_slow:ratio_rate5m", "5 minutes"), ("swiftline:submit_slow:ratio_rate6h", "6 hours")]),
        ("Oldest entry that a group has not acknowledged", "s", [("max by (group) (swiftline_log_oldest_seconds)", "{{group}}")]),
        ("Offers made", "reqps", [(rate("swiftline_routed_total", "lane"), "{{lane}}")]),
        ("Cases that a person must decide", "reqps", [(rate("swiftline_triage_total", "reason"), "{{reason}}")]),
        ("From taking in to a team, by urgency, p99", "s", [(quantile(0.99, "swiftline_route_delay_seconds", "urgency"), "{{urgency}}")]),
        ("Orders that wait", "short", [("sum by (lane) (max by (team, lane) (swiftline_queue_depth))", "{{lane}}")]),
        ("Age of the oldest order that waits, by lane", "s", [("max by (lane) (swiftline_queue_oldest_seconds)", "{{lane}}")]),
        ("What stands still", "short", [
            ("max by (group) (swiftline_dead_letters)", "dead letters of {{group}}"),
            ("max(swiftline_triage_waiting)", "before a person"),
            ("max by (clock) (swiftline_clocks_overdue)", "overdue: {{clock}}"),
        ]),
        ("Surges that go on", "short", [("max(swiftline_surges_open)", "surges"), ("max(swiftline_hot_issues)", "issues of two cases and more")]),
        ("Pods that answer", "short", [('count by (job) (up == 1)', "{{job}}")]),
    ]),
    "intake": ("Swiftline: intake", [
        *served("intake"),
        ("Submissions that speak of danger", "reqps", [(rate('swiftline_submissions_total{urgency="emergency"}', "result"), "{{result}}")]),
        ("Submissions by channel", "reqps", [(rate("swiftline_submissions_total", "channel, result"), "{{channel}} {{result}}")]),
        ("Time of Submit", "s", percentiles("rpc_server_call_duration_seconds", '{rpc_method="swiftline.intake.v1.Intake/Submit"}')),
        ("Submissions that wait to be durable", "short", [("swiftline_accept_queue_depth", "{{pod}}")]),
        ("Submissions in one write", "short", [(f"{rate('swiftline_accept_batch_size_sum')} / {rate('swiftline_accept_batch_size_count')}", "mean")]),
    ]),
    "classifier": ("Swiftline: classifier", [
        *served("classifier"),
        ("Complaints classified, by top category", "reqps", [(rate("swiftline_classified_total", "category_top"), "{{category_top}}")]),
        ("… by urgency", "reqps", [(rate("swiftline_classified_total", "urgency"), "{{urgency}}")]),
        ("… by language", "reqps", [(rate("swiftline_classified_total", "language"), "{{language}}")]),
        ("What the router answered", "reqps", [(rate("swiftline_route_answers_total", "answer"), "{{answer}}")]),
        ("Lag", "short", [('max(swiftline_log_lag{group="classifier"})', "not yet read"), ('max(swiftline_log_pending{group="classifier"})', "read, not acknowledged")]),
        ("From reading an entry to its acknowledgement", "s", percentiles("messaging_process_duration_seconds", '{job="classifier"}')),
        ("Classifying one complaint", "s", percentiles("swiftline_classify_duration_seconds")),
        ("Corrections by people", "reqps", [(f'topk(10, {rate("swiftline_corrections_total", "category")})', "{{category}}")]),
        ("Models served", "short", [("count by (name, version, role) (swiftline_models_served)", "{{name}} {{version}} {{role}}"), ("sum(swiftline_models_troubles)", "cannot be loaded")]),
        ("Messages that a shadow judged otherwise", "reqps", [(rate("swiftline_models_shadow_different_total"), "otherwise"), (rate("swiftline_models_shadow_compared_total"), "compared")]),
    ]),
    "router": ("Swiftline: router", [
        *served("router"),
        ("Offers by unit's class", "reqps", [(rate("swiftline_routed_total", "unit_class"), "{{unit_class}}")]),
        ("From taking in to a team", "s", percentiles("swiftline_route_delay_seconds")),
        ("How teams were chosen", "reqps", [(rate("swiftline_routed_total", "choice"), "{{choice}}")]),
        ("Cases that a person must decide", "reqps", [(rate("swiftline_triage_total", "reason"), "{{reason}}")]),
        ("Answered by the knowledge base", "reqps", [(rate("swiftline_answered_total"), "answered")]),
        ("What desks did", "reqps", [(rate("swiftline_desk_actions_total", "action, result"), "{{action}} {{result}}")]),
        ("Rules served", "short", [("count by (role, digest) (swiftline_rules_active)", "{{role}} {{digest}}"), ("sum(swiftline_rules_problem)", "cannot be loaded")]),
        ("Rules swapped, canaries ended", "short", [("sum(increase(swiftline_rules_swaps_total[$__rate_interval]))", "swaps"), ("sum(increase(swiftline_rules_canaries_ended_total[$__rate_interval]))", "canaries ended")]),
        ("Routings that a shadow decided otherwise", "reqps", [(rate("swiftline_rules_shadow_differs_total"), "otherwise"), (rate("swiftline_rules_shadow_decided_total"), "decided")]),
    ]),
    # `district` is the backstop above a team's unit, or the unit itself where it has none.
    "queues": ("Swiftline: queues by district", [
        ("Orders that wait, by district", "short", [(f"sum by (district) (max by (district, team, lane) (swiftline_queue_depth{HERE}))", "{{district}}")]),
        ("Orders that wait, by lane", "short", [(f"sum by (lane) (max by (team, lane) (swiftline_queue_depth{HERE}))", "{{lane}}")]),
        ("Age of the oldest order of each lane", "s", [(f"max by (lane) (swiftline_queue_oldest_seconds{HERE})", "{{lane}}")]),
        ("Oldest emergency, by team", "s", [(f"max by (district, team) (swiftline_queue_oldest_seconds{{lane=\"emergency\",{HERE[1:]})", "{{district}} {{team}}")]),
        ("Units in which most wait", "short", [(f"topk(15, sum by (district, unit) (max by (district, unit, team, lane) (swiftline_queue_depth{HERE})))", "{{district}} {{unit}}")]),
        ("Open orders, by district", "short", [(f"sum by (district) (max by (district, team) (swiftline_team_load{HERE}))", "{{district}}")]),
        ("Teams with most open orders", "short", [(f"topk(15, max by (district, team) (swiftline_team_load{HERE}))", "{{district}} {{team}}")]),
        ("How long signed offers had waited", "s", percentiles("swiftline_offer_age_seconds")),
    ]),
    "clocks": ("Swiftline: clocks", [
        ("Overdue now, by clock", "short", [("max by (clock) (swiftline_clocks_overdue)", "{{clock}}")]),
        ("Before a person", "short", [("max(swiftline_triage_waiting)", "cases")]),
        ("Age of the oldest case before a person", "s", [("max(swiftline_triage_oldest_seconds)", "oldest")]),
        ("Citizens to be called, by language", "short", [("max by (language) (swiftline_callbacks_waiting)", "{{language}}")]),
        ("Deadlines that passed, each hour", "short", [("sum by (event) (increase(swiftline_deadlines_total[1h]))", "{{event}}")]),
        ("Clocks run out, of offers made, each hour", "percentunit", [('sum(increase(swiftline_deadlines_total{event="overrun"}[1h])) / sum(increase(swiftline_routed_total[1h]))', "overrun")]),
        ("Warnings and offers that expired", "reqps", [('sum by (event) (rate(swiftline_deadlines_total{event=~"warned|expired"}[$__rate_interval]))', "{{event}}")]),
        ("What happened to cases", "reqps", [(rate("swiftline_feedback_entries_total", "event"), "{{event}}")]),
        ("Callbacks", "reqps", [(rate("swiftline_callbacks_total", "result"), "{{result}}")]),
        ("Reopenings that wait for the router", "short", [("swiftline_reopenings_waiting", "{{pod}}")]),
    ]),
    "redis": ("Swiftline: Redis and the archive", [
        ("Up", "short", [("redis_up", "{{pod}}")]),
        ("Last write and last rewrite of the file (1: good)", "short", [("redis_aof_last_write_status", "{{pod}} write"), ("redis_aof_last_bgrewrite_status", "{{pod}} rewrite")]),
        ("Memory, of what it may take", "percentunit", [("redis_memory_used_bytes / redis_memory_max_bytes", "{{pod}}")]),
        ("Memory", "bytes", [("redis_memory_used_bytes", "{{pod}}")]),
        ("Size of the file", "bytes", [("redis_aof_current_size_bytes", "{{pod}}")]),
        ("Commands", "reqps", [("rate(redis_commands_processed_total[$__rate_interval])", "{{pod}}")]),
        ("Clients", "short", [("redis_connected_clients", "{{pod}}")]),
        ("Slow commands", "short", [("redis_slowlog_length", "{{pod}}")]),
        ("Lag of the log's groups", "short", [("max by (group) (swiftline_log_lag)", "{{group}} not yet read"), ("max by (group) (swiftline_log_pending)", "{{group}} not acknowledged")]),
        ("Archived", "reqps", [(rate("swiftline_archived_entries_total"), "entries"), (rate("swiftline_archived_cases_total"), "cases"), (rate("swiftline_archive_failures_total"), "failures")]),
    ]),
    "tracing": ("Swiftline: tracing", [
        ("Spans that ended", "reqps", [(rate("swiftline_spans_ended_total", "job"), "{{job}}")]),
        ("Spans that the collector took", "reqps", [(rate("swiftline_spans_exported_total", "job"), "{{job}}")]),
        ("Spans lost", "short", [("sum by (job) (increase(swiftline_spans_dropped_total[$__rate_interval]))", "{{job}}")]),
        ("Spans that wait to be sent", "short", [("sum by (job) (swiftline_spans_ended_total - swiftline_spans_exported_total - swiftline_spans_dropped_total)", "{{job}}")]),
        ("Attempts at calls, by who calls", "reqps", [(rate("rpc_client_call_duration_seconds_count", "job, rpc_method, rpc_status_code"), "{{job}} {{rpc_method}} {{rpc_status_code}}")]),
        ("Time of calls, p99, by who calls", "s", [(quantile(0.99, "rpc_client_call_duration_seconds", "job, rpc_method"), "{{job}} {{rpc_method}}")]),
    ]),
}



def chooser(name, label, query):
    return {
        "name": name, "label": label, "type": "query", "datasource": SOURCE, "query": query, "includeAll": True, "allValue": ".*",
        "multi": True, "refresh": 2, "sort": 1, "current": {"text": "All", "value": "$__all"},
    }


VARIABLES = {"queues": [
    chooser("district", "District", "label_values(swiftline_team_load, district)"),
    chooser("unit", "Unit", 'label_values(swiftline_team_load{district=~"$district"}, unit)'),
]}


def panel(number, title, unit, queries):
    return {
        "id": number + 1,
        "title": title,
        "type": "timeseries",
        "datasource": SOURCE,
        "gridPos": {"x": 12 * (number % 2), "y": 8 * (number // 2), "w": 12, "h": 8},
        "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "table", "placement": "right", "calcs": ["lastNotNull", "max"]}},
        "targets": [
            {"refId": chr(ord("A") + n), "datasource": SOURCE, "expr": expr, "legendFormat": legend, "exemplar": "_bucket" in expr}
            for n, (expr, legend) in enumerate(queries)
        ],
    }


def dashboard(name):
    title, panels = DASHBOARDS[name]
    source = {"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus"}
    return {
        "uid": f"swiftline-{name}",
        "title": title,
        "tags": ["swiftline"],
        "timezone": "browser",
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "links": [{"type": "dashboards", "tags": ["swiftline"], "title": "Swiftline", "asDropdown": True}],
        "templating": {"list": [source, *VARIABLES.get(name, [])]},
        "panels": [panel(n, *one) for n, one in enumerate(panels)],
    }


def main():
    stale = []
    for name in DASHBOARDS:
        file, text = FOLDER / f"{name}.json", json.dumps(dashboard(name), indent=1, ensure_ascii=False) + "\n"
        if "--check" not in sys.argv:
            file.write_text(text)
        elif not file.exists() or file.read_text() != text:
            stale.append(file.name)
    if stale:
        sys.exit(f"not what tools/k8s/dashboards.py writes: {', '.join(stale)}; run it")


if __name__ == "__main__":
    main()
