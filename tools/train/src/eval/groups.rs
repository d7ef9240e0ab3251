//! The responsible group of Chinese messages: cross-validation of the way that the shipped model was made.

use std::error::Error;
use std::io::Write;

use super::shipped;
use crate::data::Data;
use crate::fit::groups;

pub(super) fn run(data: &Data, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    shipped::ask(&shipped::model(groups::NAME)?, "groups.jsonl", out)?;
    let Some(messages) = groups::read(data)? else {
        writeln!(
            out,
            "skipped: groups of real messages (citizen_messages_zh is not there)"
        )?;
        return Ok(());
    };
    let measured = messages.measure(&mut |step| eprintln!("{step}"))?;
    writeln!(out, "{}", measured.report(&messages.plan.labels))?;
    Ok(())
}
