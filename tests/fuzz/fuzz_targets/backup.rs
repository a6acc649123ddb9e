//! Foreign bytes for the decoder `backup` of `wardbook_hostile::decoders`.

#![no_main]

wardbook_fuzz::target!("backup");
