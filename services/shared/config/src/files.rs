//! Files that are read again when they change: certificates, keys, passwords.
//!
//! Kubernetes replaces the files of a Secret by turning one symbolic link, so a look goes by what the paths lead to now and not
//! by times or by notifications on what they led to before. Contents are remembered as a digest only.
//!
//! # Invariants
//!
//! - What is in force was whole and right once: new files that cannot be read, or are wrong, change nothing.
//! - Files that belong together are taken together: a read during which one of them changed is not used.
//! - What is wrong is told once, until the files change again.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use arc_swap::ArcSwap;
use sha2::{Digest as _, Sha256};

/// The files that a process watches. Cheap to clone. Somebody must [`Files::look`] now and then; the runtime does for a service.
#[derive(Clone, Default)]
pub struct Files(Arc<Mutex<Vec<Weak<dyn Look>>>>);

impl Files {
    /// No files yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads a value from files now, and again in every [`Files::look`] that finds them changed, for as long as somebody holds
    /// the result. `setting` names the files in logs and metrics; `read` is what reads all of `paths`.
    ///
    /// # Errors
    /// What `read` says now. Later its errors are told by [`Files::look`].
    pub fn watch<T, E>(
        &self,
        setting: &'static str,
        paths: Vec<PathBuf>,
        read: impl Fn() -> Result<T, E> + Send + Sync + 'static,
    ) -> Result<Watched<T>, E>
    where
        T: Send + Sync + 'static,
        E: fmt::Display + 'static,
    {
        let seen = digest(&paths);
        let current = ArcSwap::from_pointee(read()?);
        let inner = Arc::new(Inner {
            setting,
            paths,
            read: Box::new(read),
            current,
            seen: Mutex::new(seen),
        });
        let look: Weak<Inner<T, E>> = Arc::downgrade(&inner);
        self.all().push(look);
        Ok(Watched(inner))
    }

    /// Looks at all files once. Blocks for as long as reading them takes; small local files, so microseconds.
    pub fn look(&self) -> Vec<FileChange> {
        let held: Vec<_> = {
            let mut all = self.all();
            all.retain(|one| one.strong_count() > 0);
            all.iter().filter_map(Weak::upgrade).collect()
        };
        held.iter().filter_map(|one| one.look()).collect()
    }

    fn all(&self) -> std::sync::MutexGuard<'_, Vec<Weak<dyn Look>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Files")
            .field("watched", &self.all().len())
            .finish()
    }
}

/// What a look has found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// The setting that names the files.
    pub setting: &'static str,
    /// Why the new files are not used; `None`: they are in force.
    pub refused: Option<String>,
}

/// A value that follows its files. Cheap to clone; every clone sees the same value.
pub struct Watched<T>(Arc<dyn Current<T>>);

impl<T> Watched<T> {
    /// What is in force now.
    #[must_use]
    pub fn get(&self) -> Arc<T> {
        self.0.current()
    }
}

impl<T> Clone for Watched<T> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<T> fmt::Debug for Watched<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watched(..)") // what is watched is mostly secret
    }
}

struct Inner<T, E> {
    setting: &'static str,
    paths: Vec<PathBuf>,
    read: Box<dyn Fn() -> Result<T, E> + Send + Sync>,
    current: ArcSwap<T>,
    /// Of the files that were last read, whether they were right or not.
    seen: Mutex<Seen>,
}

type Seen = [u8; 32];

trait Look: Send + Sync {
    fn look(&self) -> Option<FileChange>;
}

trait Current<T>: Send + Sync {
    fn current(&self) -> Arc<T>;
}

impl<T: Send + Sync, E> Current<T> for Inner<T, E> {
    fn current(&self) -> Arc<T> {
        self.current.load_full()
    }
}

impl<T: Send + Sync, E: fmt::Display> Look for Inner<T, E> {
    fn look(&self) -> Option<FileChange> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let found = digest(&self.paths);
        if found == *seen {
            return None;
        }
        let read = (self.read)();
        if digest(&self.paths) != found {
            return None; // they are being changed: the next look finds them whole
        }
        *seen = found;
        let refused = match read {
            Ok(value) => {
                self.current.store(Arc::new(value));
                None
            }
            Err(error) => Some(error.to_string()),
        };
        Some(FileChange {
            setting: self.setting,
            refused,
        })
    }
}

/// Of all contents, in order; a file that cannot be read counts by the kind of its error.
fn digest(paths: &[PathBuf]) -> Seen {
    let mut hash = Sha256::new();
    for path in paths {
        let (mark, bytes) = match std::fs::read(path) {
            Ok(bytes) => (0_u8, bytes),
            Err(error) => (1, error.kind().to_string().into_bytes()),
        };
        hash.update([mark]);
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    /// Two numbers in two files that must be the same.
    fn pair(folder: &Path) -> Result<u32, String> {
        let read = |name| -> Result<u32, String> {
            let text = std::fs::read_to_string(folder.join(name)).map_err(|e| e.to_string())?;
            text.parse().map_err(|_| format!("{text} is no number"))
        };
        let (a, b) = (read("a")?, read("b")?);
        (a == b).then_some(a).ok_or(format!("{a} is not {b}"))
    }

    fn watch(files: &Files, folder: &Path) -> Watched<u32> {
        let paths = vec![folder.join("a"), folder.join("b")];
        let folder = folder.to_owned();
        files.watch("pair", paths, move || pair(&folder)).unwrap()
    }

    fn write(folder: &Path, a: &str, b: &str) {
        std::fs::write(folder.join("a"), a).unwrap();
        std::fs::write(folder.join("b"), b).unwrap();
    }

    fn change(refused: Option<&str>) -> Vec<FileChange> {
        let refused = refused.map(str::to_owned);
        vec![FileChange {
            setting: "pair",
            refused,
        }]
    }

    #[test]
    fn what_changes_is_read_again_and_what_is_wrong_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "1", "1");
        let files = Files::new();
        let value = watch(&files, folder.path());
        assert_eq!((*value.get(), files.look()), (1, vec![]));
        write(folder.path(), "2", "2");
        assert_eq!((files.look(), *value.get()), (change(None), 2));
        write(folder.path(), "3", "4");
        assert_eq!(files.look(), change(Some("3 is not 4")));
        assert_eq!((files.look(), *value.get()), (vec![], 2), "told once");
        std::fs::remove_file(folder.path().join("b")).unwrap();
        let gone = files.look();
        let reason = gone[0].refused.as_deref().unwrap();
        assert!(reason.contains("No such file"), "{reason}");
        write(folder.path(), "2", "2");
        assert_eq!((files.look(), *value.get()), (change(None), 2));
    }

    #[test]
    fn a_link_that_is_turned_is_a_change() {
        let folder = tempfile::tempdir().unwrap();
        for (name, n) in [("old", "1"), ("new", "2")] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
            write(&folder.path().join(name), n, n);
        }
        let link = folder.path().join("data");
        std::os::unix::fs::symlink("old", &link).unwrap();
        let files = Files::new();
        let value = watch(&files, &link);
        std::os::unix::fs::symlink("new", folder.path().join("next")).unwrap();
        std::fs::rename(folder.path().join("next"), &link).unwrap();
        assert_eq!((files.look(), *value.get()), (change(None), 2));
    }

    #[test]
    fn files_that_change_while_they_are_read_are_left_for_the_next_look() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "1", "1");
        let files = Files::new();
        let (path, torn) = (folder.path().to_owned(), Arc::new(AtomicBool::new(false)));
        let tear = torn.clone();
        let read = move || {
            let read = pair(&path);
            if tear.swap(false, Ordering::SeqCst) {
                write(&path, "2", "2");
            }
            read
        };
        let paths = vec![folder.path().join("a"), folder.path().join("b")];
        let value = files.watch("pair", paths, read).unwrap();
        torn.store(true, Ordering::SeqCst);
        write(folder.path(), "2", "1");
        assert_eq!((files.look(), *value.get()), (vec![], 1));
        assert_eq!((files.look(), *value.get()), (change(None), 2));
    }

    #[test]
    fn what_nobody_holds_is_not_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "1", "1");
        let files = Files::new();
        let held = watch(&files, folder.path());
        drop(watch(&files, folder.path()));
        write(folder.path(), "2", "2");
        assert_eq!(files.look().len(), 1);
        drop(held);
        write(folder.path(), "3", "3");
        assert_eq!(files.look(), vec![]);
        assert_eq!(format!("{files:?}"), "Files { watched: 0 }");
    }

    #[test]
    fn what_is_wrong_at_first_is_an_error() {
        let files = Files::new();
        let watched = files.watch("x", vec![], || Err::<u32, _>("no"));
        assert_eq!(watched.unwrap_err(), "no");
    }
}
