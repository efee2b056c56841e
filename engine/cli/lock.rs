//! A lock on a folder: one writer at a time. The system frees it when its holder dies, however it dies.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::exit::Failure;

/// A held lock; dropped, it is free.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock of a folder, making the folder if it is not there. Fails at once where another holds it.
    pub(crate) fn take(folder: &Path) -> Result<Self, Failure> {
        Self::open(folder).and_then(|file| match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => {
                let message = format!("another divisor is writing to {}", folder.display());
                Err(Failure::failed(message))
            }
            Err(TryLockError::Error(error)) => {
                Err(Failure::failed(format!("cannot lock {}: {error}", folder.display())))
            }
        })
    }

    /// Takes the lock of a folder, waiting for whoever holds it.
    pub(crate) fn wait(folder: &Path) -> Result<Self, Failure> {
        let file = Self::open(folder)?;
        file.lock()
            .map_err(|error| Failure::failed(format!("cannot lock {}: {error}", folder.display())))?;
        Ok(Self { _file: file })
    }

    fn open(folder: &Path) -> Result<File, Failure> {
        let fail = |error: std::io::Error| Failure::failed(format!("cannot write to {}: {error}", folder.display()));
        std::fs::create_dir_all(folder).map_err(fail)?;
        let path = folder.join(".lock");
        File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(fail)
    }
}
