//! Foreign bytes for the decoder `bundle` of `wardbook_hostile::decoders`.

#![no_main]

wardbook_fuzz::target!("bundle");
