//! Whether the confidence in the responsible group can be believed: calibration error and risk by coverage.

use std::error::Error;
use std::io::Write;

use super::shipped;
use crate::data::Data;
use crate::fit::groups;

pub(super) fn run(data: &Data, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let model = shipped::model(groups::NAME)?;
    let calibration = &model.header().calibration;
    writeln!(
        out,
        "{}: temperature {:.4}, {} steps\n",
        model.version(),
        calibration.temperature,
        calibration.steps.len(),
    )?;
    let Some(messages) = groups::read(data)? else {
        writeln!(
            out,
            "skipped: confidence in real messages (citizen_messages_zh is not there)"
        )?;
        return Ok(());
    };
    let measured = messages.measure(&mut |step| eprintln!("{step}"))?;
    writeln!(out, "{}", measured.confidence())?;
    Ok(())
}
