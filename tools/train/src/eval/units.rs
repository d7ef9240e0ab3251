//! Which institution answers a letter to Beijing's government.

use std::error::Error;
use std::io::Write;
use std::path::Path;

use super::shipped;
use crate::data::Data;
use crate::fit::units;

pub(super) fn run(data: &Data, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let version = shipped::model(units::NAME)?.version();
    writeln!(out, "{version}\n")?;
    let cities = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../k8s/cities");
    let Some(letters) = units::letters(data, &cities)? else {
        writeln!(out, "skipped: letters (beijing_letters is not there)")?;
        return Ok(());
    };
    let (report, ..) = letters.report(&mut |_| {})?;
    writeln!(out, "{report}")?;
    Ok(())
}
