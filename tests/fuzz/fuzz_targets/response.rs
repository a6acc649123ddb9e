//! Foreign bytes for the decoder `response` of `wardbook_hostile::decoders`.

#![no_main]

wardbook_fuzz::target!("response");
