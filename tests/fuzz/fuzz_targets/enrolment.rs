//! Foreign bytes for the decoder `enrolment` of `wardbook_hostile::decoders`.

#![no_main]

wardbook_fuzz::target!("enrolment");
