//! Campaigns: versions in a ledger, each written only by who has read all of it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use swiftline_domain::city::CityPack;
use swiftline_domain::id::{ActorId, RuleId};
use swiftline_domain::insight::campaign::{Campaign, CampaignError, Version};
use swiftline_proto::convert::ConvertError;
use swiftline_store::{Appended, MAX_BATCH, Store};

use crate::error::FeedbackError;

/// How often a version is tried while others write.
const TRIES: usize = 8;

/// Every version of every campaign, the oldest first, and how long the ledger is.
pub(super) struct Book {
    pub(super) of: BTreeMap<RuleId, Vec<Version>>,
    length: u64,
}

impl Book {
    pub(super) async fn read(store: &Store) -> Result<Self, FeedbackError> {
        let mut book = Self {
            of: BTreeMap::new(),
            length: 0,
        };
        loop {
            let entries = store.insight().entries(book.length, MAX_BATCH).await?;
            if entries.is_empty() {
                return Ok(book);
            }
            for entry in entries {
                let version: Version = serde_json::from_slice(&entry)
                    .map_err(|error| super::corrupt("the ledger of campaigns", error))?;
                let id = version.campaign.id.clone();
                book.of.entry(id).or_default().push(version);
                book.length += 1;
            }
        }
    }

    pub(super) fn newest(&self, id: &RuleId) -> Option<&Version> {
        self.of.get(id)?.last()
    }

    /// What is to be written; `None` when it is there already.
    fn next(
        &self,
        pack: &CityPack,
        campaign: &Campaign,
        saw: Option<u32>,
        by: &ActorId,
    ) -> Result<Option<Version>, FeedbackError> {
        let newest = self.newest(&campaign.id);
        match (newest, saw) {
            (Some(newest), _) if newest.campaign == *campaign && newest.by == *by => {
                return Ok(None);
            }
            (Some(_), None) => {
                let reason = format!("there is a campaign {} already", campaign.id);
                return Err(ConvertError::new("campaign.id", reason).into());
            }
            (None, Some(_)) => return Err(unknown(&campaign.id)),
            (Some(newest), Some(saw)) if newest.version != saw => {
                let newest = newest.version;
                let reason =
                    format!("is {saw}, the campaign is at {newest}: read it and decide again");
                return Err(ConvertError::new("version", reason).into());
            }
            _ => {}
        }
        let before = newest.map(|newest| &newest.campaign);
        campaign.check(pack, before).map_err(|error| {
            let CampaignError { field, reason } = error;
            ConvertError::new(format!("campaign.{field}"), reason)
        })?;
        Ok(Some(Version {
            version: newest.map_or(0, |newest| newest.version) + 1,
            by: by.clone(),
            at: Timestamp::now(),
            campaign: campaign.clone(),
        }))
    }
}

/// No such campaign.
pub(super) fn unknown(id: &RuleId) -> FeedbackError {
    FeedbackError::Unknown {
        field: "id".to_owned(),
        what: "campaign",
        id: id.to_string(),
    }
}

/// Writes a new campaign (`saw` nothing), or a new version of the one that was seen.
pub(super) async fn write(
    store: &Store,
    pack: &CityPack,
    campaign: &Campaign,
    saw: Option<u32>,
    by: &ActorId,
) -> Result<Version, FeedbackError> {
    for _ in 0..TRIES {
        let book = Book::read(store).await?;
        let Some(version) = book.next(pack, campaign, saw, by)? else {
            let there = book.newest(&campaign.id).cloned();
            return there.ok_or_else(|| unknown(&campaign.id));
        };
        let entry = serde_json::to_vec(&version)
            .map_err(|error| FeedbackError::Internal(error.to_string()))?;
        match store.insight().append(book.length, &entry, None).await? {
            Appended::Done => return Ok(version),
            Appended::Stale { .. } => {}
        }
    }
    Err(FeedbackError::StoreAway)
}
