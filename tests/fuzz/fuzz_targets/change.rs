//! Foreign bytes for the decoder `change` of `wardbook_hostile::decoders`.

#![no_main]

wardbook_fuzz::target!("change");
