//! Foreign bytes for the decoder `typed` of `wardbook_hostile::decoders`.

#![no_main]

wardbook_fuzz::target!("typed");
