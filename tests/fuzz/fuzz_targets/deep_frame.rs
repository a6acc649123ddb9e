//! Foreign bytes for the decoder `deep_frame` of `wardbook_hostile::decoders`.

#![no_main]

wardbook_fuzz::target!("deep_frame");
