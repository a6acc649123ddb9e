//! The fuzz targets: each is one line, as the decoders and their honest samples stand in
//! `wardbook_hostile::decoders`, where the ordinary tests use them too.

pub use libfuzzer_sys::fuzz_target;
pub use wardbook_hostile::decoders::decoder;

/// The decoder of a name as a target.
#[macro_export]
macro_rules! target {
    ($name:literal) => {
        $crate::fuzz_target!(|bytes: &[u8]| {
            if let Some(decoder) = $crate::decoder($name) {
                (decoder.read)(bytes);
            }
        });
    };
}
