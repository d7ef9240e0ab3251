//! The knowledge base: the city pack's answers, and which of them answer an inquiry.
