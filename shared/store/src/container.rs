//! Several files as one age file.
//!
//! Inside the age file: a line of magic, then for each file its name (one byte of length, text), its
//! length (8 bytes, little-endian) and its bytes. age itself notices a file that was cut or changed.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};

use age::{Decryptor, Encryptor};
use sha2::{Digest as _, Sha256};
use wardbook_base::{Dice, to_hex};

use crate::error::StoreError;

/// Bytes that travel at once.
const BLOCK: usize = 64 * 1024;

/// A file inside: its name there, and where it lies or goes.
pub(crate) type Part<'a> = (&'a str, PathBuf);

/// Encrypts files into one.
pub(crate) fn seal(
    to: impl Write,
    magic: &[u8],
    recipients: &[&age::x25519::Recipient],
    parts: &[Part<'_>],
) -> Result<(), StoreError> {
    let recipients = recipients.iter().map(|recipient| *recipient as &dyn age::Recipient);
    let encryptor = Encryptor::with_recipients(recipients)
        .map_err(|error| StoreError::Refused(error.to_string()))?;
    let mut sealed = encryptor.wrap_output(to)?;
    sealed.write_all(magic)?;
    for (name, path) in parts {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        sealed.write_all(&[u8::try_from(name.len()).unwrap_or(0)])?;
        sealed.write_all(name.as_bytes())?;
        sealed.write_all(&length.to_le_bytes())?;
        if std::io::copy(&mut file, &mut sealed)? != length {
            return Err(StoreError::Io("a file changed while it was copied".to_owned()));
        }
    }
    let mut to = sealed.finish()?;
    Ok(to.flush()?)
}

/// Decrypts what [`seal`] made; the files must not be there yet.
pub(crate) fn unseal(
    from: impl Read,
    magic: &[u8],
    identity: &age::x25519::Identity,
    parts: &[Part<'_>],
) -> Result<(), StoreError> {
    let input = BufReader::with_capacity(BLOCK, from);
    let decryptor = Decryptor::new_buffered(input).map_err(|error| broken(&error))?;
    let identities = std::iter::once(identity as &dyn age::Identity);
    let mut plain = match decryptor.decrypt(identities) {
        Ok(plain) => plain,
        Err(age::DecryptError::NoMatchingKeys) => return Err(StoreError::WrongIdentity),
        Err(error) => return Err(broken(&error)),
    };
    let mut found = vec![0; magic.len()];
    plain.read_exact(&mut found).map_err(|error| broken(&error))?;
    if found != magic {
        return Err(StoreError::NotABackup("another kind of file".to_owned()));
    }
    for (name, to) in parts {
        unseal_file(&mut plain, to, name)?;
    }
    match plain.read(&mut [0]) {
        Ok(0) => Ok(()),
        Ok(_) => Err(StoreError::NotABackup("there is more than expected".to_owned())),
        Err(error) => Err(broken(&error)),
    }
}

fn unseal_file(plain: &mut impl Read, to: &Path, expected: &str) -> Result<(), StoreError> {
    let mut length = [0; 1];
    plain.read_exact(&mut length).map_err(|error| broken(&error))?;
    let mut name = vec![0; usize::from(length[0])];
    plain.read_exact(&mut name).map_err(|error| broken(&error))?;
    if name != expected.as_bytes() {
        return Err(StoreError::NotABackup(format!("{expected} is missing")));
    }
    let mut length = [0; 8];
    plain.read_exact(&mut length).map_err(|error| broken(&error))?;
    let length = u64::from_le_bytes(length);
    let mut file = create(to)?;
    let mut left = plain.take(length);
    let mut block = vec![0; BLOCK];
    loop {
        // A failure to read means a bad backup, a failure to write a bad disk.
        let n = left.read(&mut block).map_err(|error| broken(&error))?;
        if n == 0 {
            break;
        }
        file.write_all(&block[..n])?;
    }
    if left.limit() > 0 {
        return Err(StoreError::NotABackup("it ends too early".to_owned()));
    }
    Ok(file.sync_all()?)
}

/// A new file that only its owner can read.
pub(crate) fn create(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    Ok(options.open(path)?)
}

/// The digest of a file as it reads back.
pub(crate) fn digest_of(path: &Path) -> Result<[u8; 32], StoreError> {
    let mut sink = Hashing::new(std::io::sink());
    std::io::copy(&mut BufReader::with_capacity(BLOCK, File::open(path)?), &mut sink)?;
    Ok(sink.finish().1)
}

fn broken(error: &dyn std::error::Error) -> StoreError {
    StoreError::NotABackup(error.to_string())
}

/// Hashes what passes through.
pub(crate) struct Hashing<W> {
    to: W,
    hash: Sha256,
}

impl<W> Hashing<W> {
    pub(crate) fn new(to: W) -> Self {
        Self { to, hash: Sha256::new() }
    }

    pub(crate) fn finish(self) -> (W, [u8; 32]) {
        (self.to, self.hash.finalize().into())
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let n = self.to.write(bytes)?;
        self.hash.update(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

/// A file of our own that goes away with us, with what SQLite may leave beside it.
pub(crate) struct Temporary {
    pub(crate) path: PathBuf,
}

impl Temporary {
    pub(crate) fn beside(path: &Path, dice: &dyn Dice) -> Self {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.tmp", to_hex(&dice.bytes::<6>())));
        Self { path: path.with_file_name(name) }
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        for ending in ["", "-wal", "-shm", "-journal"] {
            let mut name = self.path.clone().into_os_string();
            name.push(ending);
            let _ = std::fs::remove_file(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufWriter;

    use super::*;

    /// A disk with room for so many bytes.
    struct Room(usize);

    impl Write for Room {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if bytes.len() > self.0 {
                return Err(std::io::ErrorKind::StorageFull.into());
            }
            self.0 -= bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_disk_that_fills_up_anywhere_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a");
        std::fs::write(&file, vec![7; 150_000]).unwrap();
        let recipient = age::x25519::Identity::generate().to_public();
        let sealed = |room| {
            let to = BufWriter::new(Room(room));
            seal(to, b"m\n", &[&recipient], &[("a", file.clone())])
        };
        for room in [0, 10, 100, 300, 65_000, 66_000, 140_000, 150_000] {
            assert_eq!(sealed(room), Err(StoreError::DiskFull), "{room}");
        }
        assert_eq!(sealed(152_000), Ok(()));
    }
}
