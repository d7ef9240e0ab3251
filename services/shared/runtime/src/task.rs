//! Named tasks with a policy for their end.

use std::error::Error;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use crate::RunError;

/// What a task may fail with.
pub type TaskError = Box<dyn Error + Send + Sync>;

/// A restarted task waits this long, doubling up to the limit; a run of the limit's length starts over.
const RESTART_FIRST: Duration = Duration::from_millis(100);
const RESTART_LIMIT: Duration = Duration::from_secs(30);

/// What the end of a task means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskPolicy {
    /// The service cannot do without it: its end, error or panic before the drain stops the service with an error.
    Essential,
    /// An error or a panic starts it again, after a wait that doubles from 100 ms to 30 s. Returning `Ok` ends it for good.
    Restart,
}

/// Makes the task's future, again for each start; the token is cancelled when the drain begins.
pub(crate) type MakeTask =
    Box<dyn FnMut(CancellationToken) -> BoxFuture<'static, Result<(), TaskError>> + Send>;

/// A task to be run.
pub(crate) struct Task {
    pub(crate) name: &'static str,
    pub(crate) policy: TaskPolicy,
    pub(crate) make: MakeTask,
}

impl Task {
    /// Runs it to its end under its policy.
    pub(crate) async fn supervise(mut self, stop: CancellationToken) -> Result<(), RunError> {
        let mut wait = RESTART_FIRST;
        loop {
            let started = tokio::time::Instant::now();
            let end = end_of((self.make)(stop.clone())).await;
            if stop.is_cancelled() {
                if let Err(reason) = end {
                    tracing::warn!(task = self.name, reason, "task failed while draining");
                }
                return Ok(());
            }
            match (self.policy, end) {
                (TaskPolicy::Essential, end) => {
                    let reason = end.err().unwrap_or_else(|| "it returned".to_owned());
                    return Err(RunError::Task {
                        name: self.name,
                        reason,
                    });
                }
                (TaskPolicy::Restart, Ok(())) => return Ok(()),
                (TaskPolicy::Restart, Err(reason)) => {
                    if started.elapsed() >= RESTART_LIMIT {
                        wait = RESTART_FIRST;
                    }
                    tracing::error!(
                        task = self.name,
                        reason,
                        wait_ms = wait.as_millis() as u64,
                        "task failed, starting it again"
                    );
                    tokio::select! {
                        () = tokio::time::sleep(wait) => wait = (wait * 2).min(RESTART_LIMIT),
                        () = stop.cancelled() => return Ok(()),
                    }
                }
            }
        }
    }
}

async fn end_of(task: BoxFuture<'static, Result<(), TaskError>>) -> Result<(), String> {
    // Unwind safe: what a panicking task shared must survive a poisoned lock anyway.
    match AssertUnwindSafe(task).catch_unwind().await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("it panicked".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    fn task(
        policy: TaskPolicy,
        make: impl FnMut(CancellationToken) -> BoxFuture<'static, Result<(), TaskError>>
        + Send
        + 'static,
    ) -> Task {
        Task {
            name: "t",
            policy,
            make: Box::new(make),
        }
    }

    async fn essential(
        make: impl FnMut(CancellationToken) -> BoxFuture<'static, Result<(), TaskError>>
        + Send
        + 'static,
    ) -> String {
        task(TaskPolicy::Essential, make)
            .supervise(CancellationToken::new())
            .await
            .unwrap_err()
            .to_string()
    }

    #[tokio::test]
    async fn an_essential_task_must_not_end() {
        assert_eq!(
            essential(|_| async { Ok(()) }.boxed()).await,
            "task t ended: it returned"
        );
        assert_eq!(
            essential(|_| async { Err("gone".into()) }.boxed()).await,
            "task t ended: gone"
        );
        assert_eq!(
            essential(|_| async { panic!("boom") }.boxed()).await,
            "task t ended: it panicked"
        );
    }

    #[tokio::test]
    async fn an_essential_task_may_end_in_a_drain() {
        let stop = CancellationToken::new();
        stop.cancel();
        let ended = task(TaskPolicy::Essential, |stop| {
            async move {
                stop.cancelled().await;
                Ok(())
            }
            .boxed()
        });
        assert!(ended.supervise(stop).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn a_failing_task_starts_again_with_longer_waits() {
        let runs = Arc::new(AtomicU32::new(0));
        let count = runs.clone();
        let started = tokio::time::Instant::now();
        let flaky = task(TaskPolicy::Restart, move |_| {
            let run = count.fetch_add(1, Ordering::SeqCst);
            async move {
                match run {
                    0 => Err("not yet".into()),
                    1 => panic!("boom"),
                    _ => Ok(()),
                }
            }
            .boxed()
        });
        assert!(flaky.supervise(CancellationToken::new()).await.is_ok());
        assert_eq!(runs.load(Ordering::SeqCst), 3);
        assert_eq!(started.elapsed(), Duration::from_millis(300));
    }

    #[tokio::test(start_paused = true)]
    async fn a_drain_ends_the_wait_for_a_restart() {
        let stop = CancellationToken::new();
        let failing = task(TaskPolicy::Restart, |_| async { Err("x".into()) }.boxed());
        let running = tokio::spawn(failing.supervise(stop.clone()));
        tokio::time::sleep(Duration::from_secs(60)).await;
        stop.cancel();
        assert!(running.await.unwrap().is_ok());
    }
}
