//! The category of English texts and New York's forms.

use std::error::Error;
use std::io::Write;
use std::path::Path;

use super::shipped;
use crate::data::Data;
use crate::fit::categories;

pub(super) fn run(data: &Data, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    shipped::ask(
        &shipped::model(categories::NAME)?,
        "categories_en.jsonl",
        out,
    )?;
    let cities = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../k8s/cities");
    let Some(nyc) = categories::nyc(data, &cities)? else {
        writeln!(out, "skipped: New York's forms (nyc311 is not there)")?;
        return Ok(());
    };
    let (report, ..) = nyc.report(&mut |step| eprintln!("{step}"))?;
    writeln!(out, "{report}")?;
    Ok(())
}
