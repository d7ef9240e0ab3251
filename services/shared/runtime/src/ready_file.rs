//! A file that says where the service serves, for whoever started it.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::RunError;

/// The file; removed when dropped.
#[derive(Debug)]
pub(crate) struct ReadyFile(PathBuf);

impl ReadyFile {
    /// Writes it whole or not at all: a reader never sees half of it.
    pub(crate) fn write(
        path: &str,
        service: &str,
        grpc: SocketAddr,
        metrics: SocketAddr,
    ) -> Result<Self, RunError> {
        let content = serde_json::json!({
            "service": service,
            "grpc": grpc.to_string(),
            "metrics": metrics.to_string(),
            "pid": std::process::id(),
        });
        let path = PathBuf::from(path);
        let failed = |source| RunError::ReadyFile {
            path: path.display().to_string(),
            source,
        };
        write_whole(&path, &format!("{content}\n")).map_err(failed)?;
        Ok(Self(path))
    }
}

fn write_whole(path: &Path, content: &str) -> io::Result<()> {
    let mut draft = path.as_os_str().to_owned();
    draft.push(format!(".{}", std::process::id()));
    std::fs::write(&draft, content)?;
    std::fs::rename(&draft, path)
}

impl Drop for ReadyFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0); // somebody else may have removed it already
    }
}
