//! Where the time of a classification goes, for those who measure it.

/// A part of the work on one message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Finding keywords, signs of kinds, words of urgency and names of places in one pass.
    Phrases,
    /// What the keywords say.
    Keywords,
    /// The language.
    Language,
    /// What the models say.
    Models,
    /// The category, of keywords and models.
    Topic,
    /// What the citizen wants.
    Kind,
    /// How soon somebody must act, by the words and by a model.
    Urgency,
    /// Where it is.
    Place,
    /// Writing the answer down.
    Answer,
}

impl Part {
    /// All of them, in the order of the work.
    pub const ALL: [Self; 9] = [
        Self::Phrases,
        Self::Keywords,
        Self::Language,
        Self::Models,
        Self::Topic,
        Self::Kind,
        Self::Urgency,
        Self::Place,
        Self::Answer,
    ];
}

/// Is told when a part is done. `()` does not care, and costs nothing.
pub trait Watch {
    /// This part is done, and the next begins.
    fn done(&mut self, part: Part);
}

impl Watch for () {
    fn done(&mut self, _: Part) {}
}
