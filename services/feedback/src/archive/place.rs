//! Where the files are: a local folder, or an object store.
//!
//! Writes are atomic (a file appears whole or not at all) and durable when they return: a local file, its folder and the
//! folders made for it are fsynced, an object store answers when it has the object.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures::TryStreamExt as _;
use jiff::Timestamp;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutOptions};
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};
use tokio::runtime::Handle;

use super::ArchiveError;

/// What a remote file is read by where its reader does not say how much it wants, bytes.
const STRETCH: u64 = 1 << 20;

/// A place for files. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Place {
    store: Arc<dyn ObjectStore>,
    /// The folder, when it is local: files are then read without the store between.
    root: Option<PathBuf>,
    prefix: Path,
}

/// A file that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Its path under the root, with slashes.
    pub(crate) path: String,
    /// Bytes.
    pub(crate) size: u64,
    /// When it was written, milliseconds.
    pub(crate) written_ms: i64,
}

impl Listed {
    /// The path's last part.
    pub(crate) fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }
}

impl Place {
    /// A folder (made when it is not there), or an address such as `s3://bucket/prefix`.
    pub(crate) fn open(url: &str) -> Result<Self, ArchiveError> {
        let wrong = |reason: String| ArchiveError::Url {
            url: url.to_owned(),
            reason,
        };
        if let Some(folder) = url
            .strip_prefix("file://")
            .or_else(|| (!url.contains("://")).then_some(url))
        {
            std::fs::create_dir_all(folder).map_err(|error| wrong(error.to_string()))?;
            let root = std::fs::canonicalize(folder).map_err(|error| wrong(error.to_string()))?;
            let store = LocalFileSystem::new_with_prefix(&root)?.with_fsync(true);
            return Ok(Self {
                store: Arc::new(store),
                root: Some(root),
                prefix: Path::default(),
            });
        }
        remote(url).map_err(wrong)
    }

    fn at(&self, path: &str) -> Path {
        path.split('/').fold(self.prefix.clone(), Path::join)
    }

    /// Puts a file there, in the place of an older one.
    pub(crate) async fn put(&self, path: &str, bytes: Vec<u8>) -> Result<(), ArchiveError> {
        self.store
            .put(&self.at(path), Bytes::from(bytes).into())
            .await?;
        Ok(())
    }

    /// Puts a file there unless there is one; says whether.
    pub(crate) async fn create(&self, path: &str, bytes: Vec<u8>) -> Result<bool, ArchiveError> {
        let options = PutOptions::from(PutMode::Create);
        let at = self.at(path);
        let put = self.store.put_opts(&at, Bytes::from(bytes).into(), options);
        match put.await {
            Ok(_) => Ok(true),
            Err(object_store::Error::AlreadyExists { .. }) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The file's bytes; `None` when it is not there.
    pub(crate) async fn get(&self, path: &str) -> Result<Option<Bytes>, ArchiveError> {
        match self.store.get(&self.at(path)).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes a file away; one that is not there is fine.
    pub(crate) async fn delete(&self, path: &str) -> Result<(), ArchiveError> {
        match self.store.delete(&self.at(path)).await {
            Err(object_store::Error::NotFound { .. }) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The files under a folder, by path; none when it is not there.
    pub(crate) async fn list(&self, folder: &str) -> Result<Vec<Listed>, ArchiveError> {
        let above = self.prefix.parts().count();
        let listed = |meta: object_store::ObjectMeta| {
            let parts: Vec<_> = meta.location.parts().skip(above).collect();
            let path = parts
                .iter()
                .map(AsRef::as_ref)
                .collect::<Vec<&str>>()
                .join("/");
            Listed {
                path,
                size: meta.size,
                written_ms: meta.last_modified.timestamp_millis(),
            }
        };
        let found = self.store.list(Some(&self.at(folder))).map_ok(listed);
        let mut files: Vec<Listed> = match found.try_collect().await {
            Err(object_store::Error::NotFound { .. }) => Vec::new(),
            other => other?,
        };
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(files)
    }

    /// Opens a file to be read at any place. Of a remote one only what is read is fetched; that blocks, so not on a thread of
    /// the runtime.
    pub(crate) fn open_file(&self, file: &Listed) -> Result<Blob, ArchiveError> {
        let Some(root) = &self.root else {
            return Ok(Blob::Remote {
                store: Arc::clone(&self.store),
                path: self.at(&file.path),
                size: file.size,
                runtime: Handle::current(),
            });
        };
        let open = File::open(root.join(&file.path));
        open.map(Blob::Local).map_err(|error| ArchiveError::File {
            path: file.path.clone(),
            error,
        })
    }

    /// When files of a folder count as written at all: now, by this machine's clock.
    pub(crate) fn now_ms() -> i64 {
        Timestamp::now().as_millisecond()
    }
}

#[cfg(not(feature = "s3"))]
fn remote(_: &str) -> Result<Place, String> {
    Err("is no local folder, and this program was built without the feature `s3`".to_owned())
}

#[cfg(feature = "s3")]
fn remote(url: &str) -> Result<Place, String> {
    let parsed = url::Url::parse(url).map_err(|error| error.to_string())?;
    // The one provider of cryptography, for https. That there is one already is fine.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // What AWS' own tools read: AWS_REGION, AWS_ENDPOINT, AWS_ACCESS_KEY_ID …
    let set = std::env::vars().filter(|(name, _)| name.starts_with("AWS_"));
    let (store, prefix) =
        object_store::parse_url_opts(&parsed, set).map_err(|error| error.to_string())?;
    Ok(Place {
        store: Arc::from(store),
        root: None,
        prefix,
    })
}

/// An open file.
pub(crate) enum Blob {
    Local(File),
    Remote {
        store: Arc<dyn ObjectStore>,
        path: Path,
        size: u64,
        runtime: Handle,
    },
}

impl Length for Blob {
    fn len(&self) -> u64 {
        match self {
            Self::Local(file) => Length::len(file),
            Self::Remote { size, .. } => *size,
        }
    }
}

impl ChunkReader for Blob {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> parquet::errors::Result<Self::T> {
        Ok(match self {
            Self::Local(file) => Box::new(ChunkReader::get_read(file, start)?),
            Self::Remote {
                store,
                path,
                size,
                runtime,
            } => Box::new(BufReader::with_capacity(
                usize::try_from(STRETCH).unwrap_or(usize::MAX),
                Stretch {
                    store: Arc::clone(store),
                    path: path.clone(),
                    runtime: runtime.clone(),
                    at: start,
                    end: *size,
                },
            )),
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> parquet::errors::Result<Bytes> {
        match self {
            Self::Local(file) => file.get_bytes(start, length),
            Self::Remote {
                store,
                path,
                runtime,
                ..
            } => runtime
                .block_on(store.get_range(path, start..start + length as u64))
                .map_err(|error| ParquetError::External(Box::new(error))),
        }
    }
}

/// Reads on from a place of a remote file.
struct Stretch {
    store: Arc<dyn ObjectStore>,
    path: Path,
    runtime: Handle,
    at: u64,
    end: u64,
}

impl Read for Stretch {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let upto = self.end.min(self.at + into.len() as u64);
        if upto <= self.at {
            return Ok(0);
        }
        let got = self
            .runtime
            .block_on(self.store.get_range(&self.path, self.at..upto));
        let got = got.map_err(io::Error::other)?;
        into[..got.len()].copy_from_slice(&got);
        self.at += got.len() as u64;
        Ok(got.len())
    }
}
