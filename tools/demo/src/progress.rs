//! What is shown while the day runs: bars on a terminal, a line now and then elsewhere.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The counts that are shown.
pub(crate) struct Progress {
    /// Complaints with a case number.
    pub accepted: ProgressBar,
    /// Orders signed for.
    pub signed: ProgressBar,
    /// Orders given back.
    pub returned: ProgressBar,
    /// Results reported.
    pub resolved: ProgressBar,
    /// Citizens called back.
    pub called_back: ProgressBar,
}

impl Progress {
    /// Bars for a day of this many complaints.
    pub(crate) fn new(complaints: u64) -> Self {
        let bars = MultiProgress::with_draw_target(ProgressDrawTarget::stderr());
        let style = ProgressStyle::with_template(
            "  {prefix:11} {bar:40.green} {human_pos:>6} of {human_len}",
        )
        .unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = |name: &'static str| {
            bars.add(
                ProgressBar::new(complaints)
                    .with_prefix(name)
                    .with_style(style.clone()),
            )
        };
        Self {
            accepted: bar("accepted"),
            signed: bar("signed"),
            returned: bar("returned"),
            resolved: bar("resolved"),
            called_back: bar("called back"),
        }
    }

    /// Where there is no terminal, prints a line every few seconds, until dropped or aborted.
    pub(crate) async fn report(&self) {
        if std::io::stderr().is_terminal() {
            return std::future::pending().await;
        }
        loop {
            tokio::time::sleep(Duration::from_secs(5)).await;
            self.line();
        }
    }

    fn line(&self) {
        anstream::eprintln!(
            "  accepted {} of {}, signed {}, returned {}, resolved {}, called back {}",
            self.accepted.position(),
            self.accepted.length().unwrap_or_default(),
            self.signed.position(),
            self.returned.position(),
            self.resolved.position(),
            self.called_back.position(),
        );
    }

    /// Leaves the bars as they are.
    pub(crate) fn finish(&self) {
        for bar in [
            &self.accepted,
            &self.signed,
            &self.returned,
            &self.resolved,
            &self.called_back,
        ] {
            bar.abandon();
        }
        if !std::io::stderr().is_terminal() {
            self.line();
        }
    }
}
