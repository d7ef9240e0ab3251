//! Redis' password out of a file that may change.

use std::path::PathBuf;
use std::pin::Pin;

use futures::stream::{self, Stream, StreamExt as _};
use redis::{BasicAuth, ConnectionInfo, RedisResult, StreamingCredentialsProvider};
use swiftline_config::{Files, Secret, Watched};

use crate::{StoreError, StoreSettings};

/// The user that Redis takes whoever names none for.
const DEFAULT_USER: &str = "default";

/// The password in force. Cheap to clone; never printed.
#[derive(Debug, Clone)]
pub(crate) struct Password {
    user: String,
    secret: Watched<Secret>,
}

impl Password {
    /// Reads the file that the settings name; `None` when they name none.
    pub(crate) fn watch(
        settings: &StoreSettings,
        files: &Files,
    ) -> Result<Option<Self>, StoreError> {
        if settings.password_file.is_empty() {
            return Ok(None);
        }
        let path = PathBuf::from(&settings.password_file);
        let paths = vec![path.clone()];
        let secret = files.watch("store.password_file", paths, move || {
            Secret::from_file(&path)
        });
        let addresses = crate::conn::addresses(settings)?;
        let user = addresses
            .iter()
            .find_map(|one| one.redis_settings().username());
        Ok(Some(Self {
            user: user.unwrap_or(DEFAULT_USER).to_owned(),
            secret: secret.map_err(|error| StoreError::Password(error.to_string()))?,
        }))
    }

    /// The address with the password that is in force now.
    pub(crate) fn put_into(&self, address: ConnectionInfo) -> ConnectionInfo {
        let redis = address.redis_settings().clone();
        let redis = redis
            .set_username(&self.user)
            .set_password(self.secret.get().expose());
        address.set_redis_settings(redis)
    }
}

impl StreamingCredentialsProvider for Password {
    /// What a new connection begins with, and nothing after it: Redis lets in for good whom it has let in once.
    fn subscribe(&self) -> Pin<Box<dyn Stream<Item = RedisResult<BasicAuth>> + Send + 'static>> {
        let now = self.secret.get().expose().to_owned();
        let now = Ok(BasicAuth::new(self.user.clone(), now));
        Box::pin(stream::iter([now]).chain(stream::pending()))
    }
}
