//! Panics as log lines.

/// Logs where a panic happened. Its message is logged only if it is a literal of the program: a formatted one may quote
/// what must not be logged.
pub(crate) fn install() {
    std::panic::set_hook(Box::new(|info| {
        let at = info.location().map(ToString::to_string).unwrap_or_default();
        let message = info
            .payload()
            .downcast_ref::<&'static str>()
            .copied()
            .unwrap_or("a formatted message, not logged");
        tracing::error!(
            at,
            reason = message,
            thread = std::thread::current().name(),
            "panic"
        );
    }));
}
