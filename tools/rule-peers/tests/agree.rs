//! All engines decide alike, input by input.

use swiftline_rule_peers::engines::{Cel, Ours, Regorus, Scan, Zen};
use swiftline_rule_peers::generate::{World, world};
use swiftline_rule_peers::{Engine, Unfit};

fn decided(engine: &mut impl Engine, world: &World) -> Vec<usize> {
    let inputs = world.inputs.iter();
    inputs
        .map(|input| {
            let decision = engine.decide(input);
            engine.rule(&decision)
        })
        .collect()
}

fn assert_agrees(name: &str, engine: &mut impl Engine, world: &World) {
    let (ours, scanned) = (decided(engine, world), decided(&mut Scan(world), world));
    let differs = ours.iter().zip(&scanned).position(|(a, b)| a != b);
    if let Some(at) = differs {
        let (input, rules) = (&world.inputs[at], &world.rules);
        panic!(
            "{name} decides {} for {input:?}, the scan {:?}",
            ours[at], rules[scanned[at]]
        );
    }
}

#[test]
fn all_engines_agree_on_100_rules() -> Result<(), Unfit> {
    all_agree_on(&world(100, 0))
}

fn all_agree_on(world: &World) -> Result<(), Unfit> {
    assert_agrees("ours", &mut Ours::new(world)?, world);
    assert_agrees("zen-engine", &mut Zen::new(world)?, world);
    assert_agrees("cel", &mut Cel::new(world)?, world);
    assert_agrees("regorus", &mut Regorus::new(world)?, world);
    Ok(())
}

#[test]
fn all_engines_agree_on_1_000_rules() -> Result<(), Unfit> {
    all_agree_on(&world(1_000, 0))
}

#[test]
fn all_but_cel_agree_on_10_000_rules() {
    let world = world(10_000, 0);
    assert_agrees("ours", &mut Ours::new(&world).unwrap(), &world);
    assert_agrees("zen-engine", &mut Zen::new(&world).unwrap(), &world);
    assert_agrees("regorus", &mut Regorus::new(&world).unwrap(), &world);
}

#[test]
fn the_same_world_comes_out_every_time_and_its_rules_are_used() {
    let (first, second) = (world(1_000, 0), world(1_000, 0));
    assert_eq!(first.rules, second.rules);
    let mut decided = decided(&mut Scan(&first), &first);
    let by_the_last = decided.iter().filter(|rule| **rule == 999).count();
    decided.sort_unstable();
    decided.dedup();
    assert!(decided.len() > 100, "{} rules decide", decided.len());
    assert!(
        by_the_last < first.inputs.len(),
        "only the catch-all decides"
    );
}
