//! The archive's files as they are to be read: without those that a merged file covers as well, and nothing can be written.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use datafusion::parquet::file::metadata::ParquetMetaDataReader;
use futures::stream::{BoxStream, StreamExt as _, TryStreamExt as _};
use object_store::path::Path;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta,
    ObjectStore, ObjectStoreExt as _, PutMultipartOptions, PutOptions, PutPayload, PutResult,
    Result,
};
use swiftline_domain::archive::{
    COVERS_KEY, Coverage, GENERATION_KEY, SCHEMA_KEY, SCHEMA_VERSION, Table, newest, span_of_name,
};

use crate::SqlError;

/// A Parquet file ends with the length of its footer and four letters.
const TAIL: u64 = 8;

/// See the module.
#[derive(Debug)]
pub(crate) struct Shown {
    inner: Arc<dyn ObjectStore>,
    hidden: HashSet<Path>,
    /// Tables that have files.
    tables: BTreeSet<&'static str>,
    cities: BTreeSet<String>,
}

impl Shown {
    /// Looks what is in the archive under this path, and which files are covered by others.
    pub(crate) async fn new(inner: Arc<dyn ObjectStore>, prefix: &Path) -> Result<Self, SqlError> {
        let mut shown = Self {
            inner,
            hidden: HashSet::new(),
            tables: BTreeSet::new(),
            cities: BTreeSet::new(),
        };
        for table in Table::ALL {
            shown.look(table, prefix).await?;
        }
        Ok(shown)
    }

    async fn look(&mut self, table: Table, prefix: &Path) -> Result<(), SqlError> {
        let folder = prefix.clone().join(table.as_str());
        let mut months: BTreeMap<String, Vec<ObjectMeta>> = BTreeMap::new();
        let mut files = self.inner.list(Some(&folder));
        while let Some(file) = files.try_next().await.map_err(SqlError::storage)? {
            if let Some((month, name)) = file.location.as_ref().rsplit_once('/')
                && name.ends_with(".parquet")
            {
                months.entry(month.to_owned()).or_default().push(file);
            }
        }
        drop(files);
        // A newer program has written the last month, if any: of files that lie alone only this one is opened for that.
        if let Some(newest) = months.values().next_back().and_then(|files| files.last()) {
            footer(&self.inner, newest).await?;
        }
        for (month, files) in months {
            self.tables.insert(table.as_str());
            let city = month.split('/').find_map(|part| part.strip_prefix("city="));
            self.cities.extend(city.map(str::to_owned));
            // A file alone covers no other: it need not be opened.
            if files.len() > 1 {
                self.hidden.extend(covered(&self.inner, files).await?);
            }
        }
        Ok(())
    }

    /// Whether a table has files.
    pub(crate) fn has(&self, table: Table) -> bool {
        self.tables.contains(table.as_str())
    }

    /// Refuses a city that has no files, and says which have.
    pub(crate) fn check_city(&self, city: &str) -> Result<(), SqlError> {
        if self.cities.contains(city) {
            return Ok(());
        }
        let known: Vec<&str> = self.cities.iter().map(String::as_str).collect();
        Err(SqlError::Given(match known.as_slice() {
            [] => format!("the archive has nothing of {city:?}: it is empty"),
            known => format!(
                "the archive has nothing of {city:?}; it has {}",
                known.join(", ")
            ),
        }))
    }
}

/// The files of a month that another one covers.
async fn covered(
    store: &Arc<dyn ObjectStore>,
    files: Vec<ObjectMeta>,
) -> Result<Vec<Path>, SqlError> {
    let mut known = Vec::with_capacity(files.len());
    for file in &files {
        let name = file.location.filename().unwrap_or_default();
        let (covers, generation) = match span_of_name(name) {
            Some((source, span)) => (Coverage::of(&source, span), 0),
            None => footer(store, file).await?,
        };
        known.push((name.to_owned(), covers, generation));
    }
    let current = newest(&known);
    let replaced = files
        .into_iter()
        .zip(current)
        .filter(|(_, current)| !current);
    Ok(replaced.map(|(file, _)| file.location).collect())
}

async fn footer(
    store: &Arc<dyn ObjectStore>,
    file: &ObjectMeta,
) -> Result<(Coverage, u32), SqlError> {
    let broken = |why: &str| SqlError::Failed(format!("{}: {why}", file.location));
    let range = |from: u64, to: u64| store.get_range(&file.location, from..to);
    if file.size < TAIL {
        return Err(broken("is no Parquet file"));
    }
    let tail = range(file.size - TAIL, file.size)
        .await
        .map_err(SqlError::storage)?;
    let length = tail
        .first_chunk::<4>()
        .map_or(0, |length| u64::from(u32::from_le_bytes(*length)));
    let from = (file.size - TAIL)
        .checked_sub(length)
        .ok_or_else(|| broken("is no Parquet file"))?;
    let bytes = range(from, file.size - TAIL)
        .await
        .map_err(SqlError::storage)?;
    let metadata = ParquetMetaDataReader::decode_metadata(&bytes)
        .map_err(|error| broken(&error.to_string()))?;
    let pairs = metadata.file_metadata().key_value_metadata();
    let said = |key: &str| pairs?.iter().find(|pair| pair.key == key)?.value.clone();
    let version = said(SCHEMA_KEY).unwrap_or_default();
    if version
        .parse::<u32>()
        .is_ok_and(|version| version > SCHEMA_VERSION)
    {
        let newer =
            format!("has tables of version {version}; this program knows up to {SCHEMA_VERSION}");
        return Err(broken(&newer));
    }
    let covers = said(COVERS_KEY).unwrap_or_default().parse();
    let generation = said(GENERATION_KEY).and_then(|text| text.parse().ok());
    Ok((
        covers.map_err(|_| broken("does not say what it covers"))?,
        generation.unwrap_or_default(),
    ))
}

fn read_only<T>() -> Result<T> {
    Err(Error::NotSupported {
        source: "the archive is only read here".into(),
    })
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "archive in {}", self.inner)
    }
}

#[async_trait]
impl ObjectStore for Shown {
    async fn put_opts(&self, _: &Path, _: PutPayload, _: PutOptions) -> Result<PutResult> {
        read_only()
    }

    async fn put_multipart_opts(
        &self,
        _: &Path,
        _: PutMultipartOptions,
    ) -> Result<Box<dyn MultipartUpload>> {
        read_only()
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        self.inner.get_ranges(location, ranges).await
    }

    fn delete_stream(
        &self,
        _: BoxStream<'static, Result<Path>>,
    ) -> BoxStream<'static, Result<Path>> {
        futures::stream::once(async { read_only() }).boxed()
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        let hidden = self.hidden.clone();
        let shown = move |file: &ObjectMeta| !hidden.contains(&file.location);
        let files = self.inner.list(prefix);
        files
            .try_filter(move |file| futures::future::ready(shown(file)))
            .boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        let mut listed = self.inner.list_with_delimiter(prefix).await?;
        listed
            .objects
            .retain(|file| !self.hidden.contains(&file.location));
        Ok(listed)
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        read_only()
    }
}
