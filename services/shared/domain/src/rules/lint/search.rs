//! Whether a region lies wholly in the union of others, exactly.
//!
//! A complaint outside every other region must leave each of them in some dimension. That is a clause per region; a
//! dimension that a region does not limit is no way out of it. As for a satisfiability solver: a region with one way out
//! narrows the target at once, one with none means that nothing is left, and where all have several, the one with the
//! fewest is split on, each part without the parts before it.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::space::{Dim, Region, Space};

/// How many parts of one region are looked at before the search gives up.
pub(super) const MAX_PARTS: u64 = 200_000;

/// What is known of a region and others.
#[derive(Debug)]
pub(super) enum Cover {
    /// These complaints of the region are in none of the others.
    Open(Region),
    /// Every complaint of the region is in one of these others.
    Closed(BTreeSet<usize>),
    /// It was not found out in [`MAX_PARTS`].
    Undecided,
}

/// A way out of a region: out of a dimension's values, or of what it asks of the text.
#[derive(Debug, Clone, Copy)]
enum Way {
    Out(Dim),
    NoneWanted,
    OneUnwanted,
}

/// The ways out of a region for the complaints of another.
struct Ways {
    open: [Option<Way>; Dim::ALL.len() + 2],
    count: usize,
}

impl Ways {
    fn iter(&self) -> impl Iterator<Item = Way> {
        self.open.iter().flatten().copied()
    }
}

/// Looks for complaints of `target`, which is not empty, in none of `others`, which are numbers of `regions`.
/// Adds the parts looked at to `parts`.
pub(super) fn search(
    space: &Space<'_>,
    target: Region,
    others: Vec<usize>,
    regions: &[Region],
    parts: &mut u64,
) -> Cover {
    let limit = parts.saturating_add(MAX_PARTS);
    let mut used = BTreeSet::new();
    let mut stack: Vec<(Region, Rc<[usize]>)> = vec![(target, others.into())];
    while let Some((mut part, others)) = stack.pop() {
        *parts += 1;
        if *parts > limit {
            return Cover::Undecided;
        }
        let Some(left) = narrow(space, &mut part, &others, regions, &mut used) else {
            continue;
        };
        let Some((splitter, ways)) = left.splitter else {
            return Cover::Open(part);
        };
        used.insert(splitter);
        let others: Rc<[usize]> = left.others.into();
        for half in split(space, part, &regions[splitter], &ways) {
            stack.push((half, Rc::clone(&others)));
        }
    }
    Cover::Closed(used)
}

/// What remains to be left after everything with one way out has been left.
struct Left {
    others: Vec<usize>,
    /// The one with the fewest ways out; `None` when there is none to leave.
    splitter: Option<(usize, Ways)>,
}

/// Leaves all regions with one way out; `None` when nothing of the part is left.
fn narrow(
    space: &Space<'_>,
    part: &mut Region,
    others: &[usize],
    regions: &[Region],
    used: &mut BTreeSet<usize>,
) -> Option<Left> {
    let mut others = others.to_vec();
    loop {
        let mut narrowed = false;
        let mut splitter: Option<(usize, Ways)> = None;
        let mut kept = Vec::with_capacity(others.len());
        for other in others {
            let Some(ways) = ways_out(space, part, &regions[other]) else {
                continue;
            };
            match ways.count {
                0 => {
                    used.insert(other);
                    return None;
                }
                1 => {
                    used.insert(other);
                    ways.iter()
                        .for_each(|way| take(space, part, &regions[other], way, true));
                    narrowed = true;
                }
                _ => {
                    kept.push(other);
                    if splitter
                        .as_ref()
                        .is_none_or(|(_, best)| ways.count < best.count)
                    {
                        splitter = Some((other, ways));
                    }
                }
            }
        }
        others = kept;
        if !narrowed {
            return Some(Left { others, splitter });
        }
    }
}

/// The ways in which complaints of a region that is not empty can leave another; `None` when none of them is in it.
fn ways_out(space: &Space<'_>, part: &Region, other: &Region) -> Option<Ways> {
    let mut ways = Ways {
        open: [None; Dim::ALL.len() + 2],
        count: 0,
    };
    let mut add = |way| {
        ways.open[ways.count] = Some(way);
        ways.count += 1;
    };
    for dim in Dim::ALL {
        let (mut meets, mut leaves) = (false, false);
        for (mine, theirs) in space.bits(part, dim).iter().zip(space.bits(other, dim)) {
            meets |= mine & theirs != 0;
            leaves |= mine & !theirs != 0;
        }
        if !meets {
            return None;
        }
        if leaves {
            add(Way::Out(dim));
        }
    }
    if !other.text.is_anything() {
        let text = part.text.ways_out(&space.texts, &other.text)?;
        if text.has_no_wanted {
            add(Way::NoneWanted);
        }
        if text.has_unwanted {
            add(Way::OneUnwanted);
        }
    }
    Some(ways)
}

/// Whether complaints of a region that is not empty are all in another.
pub(super) fn is_within(space: &Space<'_>, region: &Region, other: &Region) -> bool {
    ways_out(space, region, other).is_some_and(|ways| ways.count == 0)
}

/// Whether some complaint of a region that is not empty is in another.
pub(super) fn meets(space: &Space<'_>, region: &Region, other: &Region) -> bool {
    ways_out(space, region, other).is_some()
}

/// Leaves a part only the complaints that take this way out of a region, or only those that do not.
fn take(space: &Space<'_>, part: &mut Region, other: &Region, way: Way, takes: bool) {
    match (way, takes) {
        (Way::Out(dim), _) => space.narrow(part, dim, other, !takes),
        (Way::NoneWanted, true) => part.text.without_wanted(&other.text),
        (Way::NoneWanted, false) => part.text.with_wanted(&other.text),
        (Way::OneUnwanted, true) => part.text.with_unwanted(&other.text),
        (Way::OneUnwanted, false) => part.text.without_unwanted(&other.text),
    }
}

/// The parts of a region that leave another, disjoint; the most promising one last, for it is looked at first.
fn split(space: &Space<'_>, mut part: Region, other: &Region, ways: &Ways) -> Vec<Region> {
    let mut ways: Vec<Way> = ways.iter().collect();
    ways.sort_by_cached_key(|way| match way {
        Way::Out(dim) => share_lost(space, &part, other, *dim),
        // Texts without a word are many, those with one are few.
        Way::NoneWanted => 100,
        Way::OneUnwanted => 900,
    });
    let mut halves = Vec::with_capacity(ways.len());
    for way in ways {
        let mut half = part.clone();
        take(space, &mut half, other, way, true);
        take(space, &mut part, other, way, false);
        // The sets stay non-empty by the meaning of a way out; only what is asked of the text can come to contradict itself.
        if half.text.is_possible(&space.texts) {
            halves.push(half);
        }
        if !part.text.is_possible(&space.texts) {
            break;
        }
    }
    halves.reverse();
    halves
}

/// How much of a dimension is lost by leaving a region there, in thousandths.
fn share_lost(space: &Space<'_>, part: &Region, other: &Region, dim: Dim) -> u32 {
    let count = |bits: &mut dyn Iterator<Item = u64>| bits.map(u64::count_ones).sum::<u32>();
    let (mine, theirs) = (space.bits(part, dim), space.bits(other, dim));
    let lost = count(&mut mine.iter().zip(theirs).map(|(mine, theirs)| mine & theirs));
    lost * 1_000 / count(&mut mine.iter().copied()).max(1)
}
