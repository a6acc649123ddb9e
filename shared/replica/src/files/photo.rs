//! A portrait out of any picture: cut to 4 by 6, turned upright, small, and without what the camera
//! wrote into the file.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder as _, ImageReader, Limits};

use wardbook_record::Media;

use super::{AttachError, whole};

/// The width of a photo, in pixels.
pub const PHOTO_WIDTH: u32 = 400;
/// The height of a photo, in pixels.
pub const PHOTO_HEIGHT: u32 = 600;
/// The size that a photo should not pass, in bytes: a ward's 300 photos in 18 MB.
const PHOTO_BYTES: usize = 60 * 1024;
/// The longer side of a picture that is shown to be cut, in pixels.
const SCREEN_SIDE: u32 = 800;
/// The side of the largest picture that is opened, in pixels.
const SIDE_MAX: u32 = 12_000;
/// The memory that opening a picture may take, in bytes.
const MEMORY_MAX: u64 = 256 * 1024 * 1024;
/// What is tried until the photo is small enough: a part of the size, and a quality. Only noise
/// comes to the last.
const TRIES: [(u32, u8); 5] = [(1, 85), (1, 75), (1, 60), (1, 45), (2, 45)];

/// Which part of a picture becomes the photo, in hundredths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crop {
    /// Where it lies from left (0) to right (100), as far as there is room.
    pub across: u8,
    /// Where it lies from top (0) to bottom (100), as far as there is room.
    pub down: u8,
    /// How much larger than all that fits: 100 = not at all, 300 = three times.
    pub zoom: u16,
}

impl Default for Crop {
    fn default() -> Self {
        Self { across: 50, down: 30, zoom: 100 }
    }
}

/// Refuses what no photo can be made of, before anybody tries. The file may be larger than one that
/// is kept as it is: of the picture only the small photo stays.
///
/// # Errors
/// [`AttachError::Empty`], [`AttachError::NoPicture`] or [`AttachError::Cut`].
pub fn must_be_picture(bytes: &[u8]) -> Result<(), AttachError> {
    match Media::sniff(bytes) {
        _ if bytes.is_empty() => Err(AttachError::Empty),
        Some(media) if !media.is_picture() => Err(AttachError::NoPicture),
        Some(media) if !whole::is_whole(media, bytes) => Err(AttachError::Cut(media)),
        Some(_) => Ok(()),
        None => Err(AttachError::NoPicture),
    }
}

/// The photo as JPEG.
///
/// # Errors
/// [`AttachError::BadPicture`] when the picture is damaged or too large.
pub fn photo(picture: &[u8], crop: Crop) -> Result<Vec<u8>, AttachError> {
    let upright = open(picture)?;
    let (x, y, width, height) = part(upright.width(), upright.height(), crop);
    let cut = upright.crop_imm(x, y, width, height);
    let mut made = Vec::new();
    for (part, quality) in TRIES {
        let (width, height) = (PHOTO_WIDTH / part, PHOTO_HEIGHT / part);
        let small = cut.resize_exact(width, height, FilterType::Lanczos3).into_rgb8();
        made.clear();
        let encoder = JpegEncoder::new_with_quality(&mut made, quality);
        small.write_with_encoder(encoder).map_err(|_| AttachError::BadPicture)?;
        if made.len() <= PHOTO_BYTES {
            break;
        }
    }
    Ok(made)
}

/// The whole picture, upright and without what the camera wrote into it, small enough for a screen.
///
/// # Errors
/// [`AttachError::BadPicture`] when the picture is damaged or too large.
pub fn for_screen(picture: &[u8]) -> Result<Vec<u8>, AttachError> {
    let upright = open(picture)?;
    let small = if upright.width().max(upright.height()) > SCREEN_SIDE {
        upright.resize(SCREEN_SIDE, SCREEN_SIDE, FilterType::Triangle)
    } else {
        upright
    };
    let mut made = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut made, 80);
    small.into_rgb8().write_with_encoder(encoder).map_err(|_| AttachError::BadPicture)?;
    Ok(made)
}

/// The picture as the camera was held.
fn open(picture: &[u8]) -> Result<DynamicImage, AttachError> {
    let bad = |_| AttachError::BadPicture;
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(MEMORY_MAX);
    let reader = ImageReader::new(Cursor::new(picture)).with_guessed_format();
    let mut reader = reader.map_err(|_| AttachError::BadPicture)?;
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(bad)?;
    let orientation = decoder.orientation().map_err(bad)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(bad)?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// The part of a picture: left, top, width, height, in pixels.
fn part(width: u32, height: u32, crop: Crop) -> (u32, u32, u32, u32) {
    let (width, height) = (u64::from(width.max(1)), u64::from(height.max(1)));
    let (w, h) = (u64::from(PHOTO_WIDTH), u64::from(PHOTO_HEIGHT));
    // The largest part of that shape, then smaller by the zoom.
    let (full_w, full_h) =
        if width * h > height * w { (height * w / h, height) } else { (width, width * h / w) };
    let zoom = u64::from(crop.zoom.clamp(100, 400));
    let (part_w, part_h) = ((full_w * 100 / zoom).max(1), (full_h * 100 / zoom).max(1));
    let across = u64::from(crop.across.min(100));
    let down = u64::from(crop.down.min(100));
    let left = (width - part_w.min(width)) * across / 100;
    let top = (height - part_h.min(height)) * down / 100;
    let pixels = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    (pixels(left), pixels(top), pixels(part_w), pixels(part_h))
}

#[cfg(test)]
mod tests {
    use image::{Rgb, RgbImage};

    use super::*;

    /// Blue on the left, black on the right; or noise, which does not compress.
    fn picture(width: u32, height: u32, noise: bool) -> Vec<u8> {
        let image = RgbImage::from_fn(width, height, |x, y| {
            let n = x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(2_246_822_519);
            let n = (n ^ (n >> 13)).wrapping_mul(2_654_435_761).to_le_bytes();
            let blue = if x * 2 < width { 250 } else { 5 };
            if noise { Rgb([n[1], n[2], n[3]]) } else { Rgb([20, 20, blue]) }
        });
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, 90).encode_image(&image).unwrap();
        bytes
    }

    /// The same JPEG with an EXIF block that holds words and says "held sideways".
    fn with_exif(jpeg: &[u8]) -> Vec<u8> {
        let mut exif = b"Exif\0\0II*\0\x08\0\0\0".to_vec();
        exif.extend([1, 0]);
        exif.extend([0x12, 0x01, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0]);
        exif.extend([0, 0, 0, 0]);
        exif.extend(b"GPS 21.0285N 105.8542E");
        let length = u16::try_from(exif.len() + 2).unwrap().to_be_bytes();
        [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
    }

    #[test]
    fn a_photo_is_small_upright_and_says_nothing_of_the_camera() {
        let made = photo(&picture(900, 600, true), Crop::default()).unwrap();
        assert!(made.len() <= PHOTO_BYTES, "noise: {}", made.len());
        let made = photo(&with_exif(&picture(900, 600, false)), Crop::default()).unwrap();
        assert!(made.len() <= PHOTO_BYTES, "{}", made.len());
        let seen = image::load_from_memory(&made).unwrap();
        assert_eq!((seen.width(), seen.height()), (PHOTO_WIDTH, PHOTO_HEIGHT));
        let shown = for_screen(&with_exif(&picture(900, 600, false))).unwrap();
        for trace in [b"Exif".as_slice(), b"GPS"] {
            let speaks = |bytes: &[u8]| bytes.windows(trace.len()).any(|window| window == trace);
            assert!(!speaks(&made) && !speaks(&shown));
        }
        let shown = image::load_from_memory(&shown).unwrap();
        assert_eq!(
            (shown.width(), shown.height()),
            (533, 800),
            "upright, and no larger than a screen"
        );
        // Held sideways: what was on the left is on top.
        let seen = seen.into_rgb8();
        assert!(seen.get_pixel(200, 20)[2] > 150 && seen.get_pixel(200, 580)[2] < 100);
    }

    #[test]
    fn the_part_stays_within_the_picture() {
        for (width, height) in [(1, 1), (900, 600), (600, 900), (4000, 100), (100, 4000)] {
            for across in [0, 50, 100] {
                for zoom in [100, 250, 400, 9999] {
                    let crop = Crop { across, down: 100 - across, zoom };
                    let (x, y, w, h) = part(width, height, crop);
                    assert!(w >= 1 && h >= 1, "{width}x{height}: {crop:?}");
                    assert!(x + w <= width.max(1) && y + h <= height.max(1), "{width}x{height}");
                }
            }
        }
        assert_eq!(part(800, 600, Crop { across: 100, down: 0, zoom: 100 }), (400, 0, 400, 600));
    }

    #[test]
    fn what_is_no_picture_is_told() {
        for bytes in [&b"\xff\xd8\xff\xe0 and then nothing"[..], b"\x89PNG\r\n\x1a\n", b""] {
            assert!(matches!(photo(bytes, Crop::default()), Err(AttachError::BadPicture)));
        }
    }
}
