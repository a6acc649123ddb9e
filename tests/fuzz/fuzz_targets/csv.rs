//! Foreign bytes for the decoder `csv` of `wardbook_hostile::decoders`.

#![no_main]

wardbook_fuzz::target!("csv");
