//! What the kernel says about this process, read at each scrape.

use std::fmt;
use std::fs;
use std::time::Instant;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::names::metric;

/// `USER_HZ`: the unit of CPU time in /proc, 100 on every Linux that Rust supports.
const TICKS_PER_SECOND: f64 = 100.0;

#[derive(Debug)]
pub(crate) struct ProcessCollector {
    started: Instant,
}

impl ProcessCollector {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
        }
    }
}

impl Collector for ProcessCollector {
    fn encode(&self, mut encoder: DescriptorEncoder) -> Result<(), fmt::Error> {
        let uptime = ConstGauge::new(self.started.elapsed().as_secs_f64());
        let to = encoder.encode_descriptor(
            metric::PROCESS_UPTIME,
            "Time since start",
            None,
            MetricType::Gauge,
        )?;
        uptime.encode(to)?;
        if let Some(seconds) = fs::read_to_string("/proc/self/stat")
            .ok()
            .as_deref()
            .and_then(cpu_seconds)
        {
            let to = encoder.encode_descriptor(
                metric::PROCESS_CPU,
                "CPU time, user and system",
                None,
                MetricType::Counter,
            )?;
            ConstCounter::new(seconds).encode(to)?;
        }
        if let Some(bytes) = fs::read_to_string("/proc/self/status")
            .ok()
            .as_deref()
            .and_then(resident_bytes)
        {
            let to = encoder.encode_descriptor(
                metric::PROCESS_MEMORY,
                "Resident memory",
                None,
                MetricType::Gauge,
            )?;
            ConstGauge::new(bytes).encode(to)?;
        }
        Ok(())
    }
}

/// Fields 14 and 15 of /proc/self/stat, counted after the name, which may hold spaces and brackets itself.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let after_name = &stat[stat.rfind(')')? + 1..];
    let mut fields = after_name.split_ascii_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some((user + system) / TICKS_PER_SECOND)
}

fn resident_bytes(status: &str) -> Option<i64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kilobytes: i64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_cpu_time_behind_an_awkward_name() {
        let stat = "7 (a ) b) S 1 1 1 0 -1 4194560 1 0 0 0 150 50 0 0 20 0 1 0 1 1 1";
        assert_eq!(cpu_seconds(stat), Some(2.0));
        assert_eq!(cpu_seconds("7 (x) S"), None);
    }

    #[test]
    fn reads_resident_memory() {
        assert_eq!(
            resident_bytes("Name:\tx\nVmRSS:\t   2048 kB\n"),
            Some(2_097_152)
        );
        assert_eq!(resident_bytes("Name:\tx\n"), None);
    }

    #[test]
    fn shows_all_three() {
        let metrics = crate::Metrics::new();
        metrics.register_collector(ProcessCollector::new());
        let text = metrics.encode();
        for name in [
            "process_cpu_seconds_total ",
            "process_resident_memory_bytes ",
            "process_uptime_seconds ",
        ] {
            assert!(text.contains(name), "{name} not in {text}");
        }
    }
}
