//! The agency of New York's complaint types: those whose descriptor decides, and those that the days at hand lack.

use super::pack;
use swiftline_domain::city::CityPack;
use swiftline_domain::rules::Sample;

/// Complaint type, descriptor, unit: where the descriptor decides.
const BY_DESCRIPTOR: [(&str, &str, &str); 22] = [
    ("PLUMBING", "BASIN/SINK", "hpd"),
    ("PLUMBING", "WATER SUPPLY", "hpd"),
    (
        "Plumbing",
        "Failure To Retain Water/Improper Drainage- (LL103/89)",
        "dob",
    ),
    (
        "Plumbing",
        "Gas Hook-Up/Piping - Illegal Or Defective",
        "dob",
    ),
    (
        "Plumbing",
        "Plumbing Work - Illegal/No Permit/Standpipe/Sprinkler",
        "dob",
    ),
    ("ELEVATOR", "MAINTENANCE", "hpd"),
    ("Elevator", "Elevator - Defective/Not Working", "dob"),
    ("Graffiti", "Graffiti", "dsny"),
    ("Graffiti", "Police Report Requested", "nypd"),
    ("Graffiti", "Police Report Not Requested", "nypd"),
    ("Asbestos", "Asbestos Complaint (B1)", "dep"),
    ("Asbestos", "", "dohmh"),
    ("Highway Condition", "Litter", "dsny"),
    ("Highway Condition", "Dead Animal", "dot"),
    ("Highway Condition", "Cave-in", "dot"),
    ("Street Condition", "Cave-in", "dot"),
    ("Illegal Parking", "Blocked Hydrant", "nypd"),
    ("Water System", "Hydrant Leaking (WC1)", "dep"),
    ("Overgrown Tree/Branches", "Hitting Power Lines", "dpr"),
    (
        "Building/Use",
        "Illegal Conversion Of Residential Building/Space",
        "dob",
    ),
    ("UNSANITARY CONDITION", "SEWAGE", "hpd"),
    (
        "Noise",
        "Noise: Construction Before/After Hours (NM1)",
        "dep",
    ),
];

/// Complaint type and unit: types that NYC 311 publishes, in other years or rarely.
const RARE: [(&str, &str); 36] = [
    ("Fire Alarm - Reinspection", "fdny"),
    ("Sprinkler - Mechanical", "fdny"),
    ("Open Flame Permit", "fdny"),
    ("Rangehood", "fdny"),
    ("DOF Property - Payment Issue", "dof"),
    ("DOF Parking - Request Copy", "dof"),
    ("Advocate-Property Value", "dof"),
    ("DRIE", "dof"),
    ("Home Delivered Meal - Missed Delivery", "dfta"),
    ("Elder Abuse", "dfta"),
    ("Senior Center Complaint", "dfta"),
    ("HEAP Assistance", "hra"),
    ("Teaching/Learning/Instruction", "doe"),
    ("Discipline and Suspension", "doe"),
    ("Taxi Licensee Complaint", "tlc"),
    ("FHV Licensee Complaint", "tlc"),
    ("Snow or Ice", "dsny"),
    ("Snow", "dsny"),
    ("Overflowing Litter Baskets", "dsny"),
    ("Sweeping/Missed", "dsny"),
    ("Electronics Waste Appointment", "dsny"),
    ("Foam Ban Enforcement", "dsny"),
    ("Recycling Enforcement", "dsny"),
    ("Broken Muni Meter", "dot"),
    ("Highway Sign - Damaged", "dot"),
    ("Request Changes - A.S.P.", "dot"),
    ("Facades", "dob"),
    ("Stalled Sites", "dob"),
    ("Interior Demo", "dob"),
    ("GENERAL CONSTRUCTION", "hpd"),
    ("PAINT - PLASTER", "hpd"),
    ("Unsanitary Animal Facility", "dohmh"),
    ("X-Ray Machine/Equipment", "dohmh"),
    ("Peeling Paint", "dohmh"),
    ("Dead Tree", "dpr"),
    ("NonCompliance with Phased Reopening", "nypd"),
];

/// The unit of a row of the city's data.
fn unit(pack: &CityPack, complaint_type: &str, descriptor: &str) -> String {
    let category = pack.taxonomy.of_source_type(complaint_type);
    let category = category.unwrap_or_else(|| panic!("{complaint_type} has no category"));
    let text = format!("{complaint_type} {descriptor}");
    let fields = [("category", category.id.as_str()), ("text", text.as_str())];
    let sample = Sample::read(pack, fields).unwrap_or_else(|wrong| panic!("{wrong:?}"));
    let decision = pack.rules.decide(&sample.facts());
    let lead = pack.resolve_unit(&decision.lead, None, pack.rules.backstop());
    lead.unit.id.to_string()
}

#[test]
fn the_descriptor_decides_where_two_agencies_share_a_complaint_type() {
    let pack = pack("nyc");
    for (complaint_type, descriptor, agency) in BY_DESCRIPTOR {
        let found = unit(&pack, complaint_type, descriptor);
        assert_eq!(found, agency, "{complaint_type}: {descriptor}");
    }
}

#[test]
fn rare_complaint_types_have_their_agency_too() {
    let pack = pack("nyc");
    for (complaint_type, agency) in RARE {
        assert_eq!(unit(&pack, complaint_type, ""), agency, "{complaint_type}");
    }
}
