//! A tiny training set of our own.

use swiftline_classifier::model::{Block, Counts, ModelKind, Recipe, Spelling, Unit};

use crate::learn::{Doc, Freedom, Plan};

pub(crate) fn plan() -> Plan {
    let block = |unit, head, to| Block {
        unit,
        head,
        from: 1,
        to,
        weight: 1.0,
        counts: Counts::Log,
    };
    Plan {
        name: "tiny".to_owned(),
        kind: ModelKind::Category,
        language: "zh".to_owned(),
        labels: ["water", "light", "noise"].map(str::to_owned).to_vec(),
        recipe: Recipe {
            spelling: Spelling::Han,
            head: 6,
            blocks: vec![block(Unit::Chars, false, 2), block(Unit::Chars, true, 2)],
        },
        fewest: 2,
        most: None,
        fewest_words: 2,
        cost: 1.0,
        freedoms: vec![Freedom::Evidence(0.0)],
        seed: 1,
    }
}

/// Four messages a label, each its own group.
pub(crate) fn docs() -> Vec<Doc> {
    let texts = [
        [
            "小区停水两天了",
            "家里没有水用，停水没有通知",
            "自来水发黄，水压很低",
            "水管漏水，又停水了",
        ],
        [
            "路灯坏了很久",
            "门口路灯不亮，晚上很黑",
            "路灯一直不亮",
            "街上路灯坏了三盏",
        ],
        [
            "工地半夜施工噪音很大",
            "楼下音乐噪音扰民",
            "夜里噪音吵得睡不着",
            "施工噪音扰民，请处理",
        ],
    ];
    let texts = texts.iter().enumerate();
    let mut docs: Vec<Doc> = texts
        .flat_map(|(label, texts)| texts.iter().map(move |text| Doc::new("", text, label)))
        .collect();
    for (group, doc) in docs.iter_mut().enumerate() {
        doc.group = group;
    }
    docs
}
