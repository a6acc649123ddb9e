//! Foreign bytes for the decoder `enrol_string` of `wardbook_hostile::decoders`.

#![no_main]

wardbook_fuzz::target!("enrol_string");
