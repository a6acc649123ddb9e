//! Foreign bytes for the decoder `xlsx` of `wardbook_hostile::decoders`.

#![no_main]

wardbook_fuzz::target!("xlsx");
