//! Foreign bytes for the decoder `request` of `wardbook_hostile::decoders`.

#![no_main]

wardbook_fuzz::target!("request");
