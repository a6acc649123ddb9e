//! Foreign bytes for the decoder `envelope` of `wardbook_hostile::decoders`.

#![no_main]

wardbook_fuzz::target!("envelope");
