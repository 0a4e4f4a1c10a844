//! The bytes of an answer, and no more of them than are expected.
//!
//! Whatever a server says of the length, sends without an end or packs into a small stream: what is held is bounded.

use bytes::Bytes;
use reqwest::Response;

/// The largest answer of a server that is read: twice the largest dashboard, for what stands around it and beside it.
pub const LARGEST: usize = 2 * crate::dashboard::MAX_BYTES;

/// Why an answer can't be read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// It broke off.
    #[error("{}", crate::cause::of_request(.0))]
    Broken(reqwest::Error),
    /// It is larger than it may be.
    #[error("the answer is larger than {} MB, which no answer should be", .0 >> 20)]
    TooLarge(usize),
}

/// The body of an answer, unpacked.
///
/// # Errors
///
/// It breaks off, or is larger than `largest`.
pub async fn read(mut answer: Response, largest: usize) -> Result<Bytes, Unread> {
    // Put together only at the end: a buffer that grows would be held twice, by each of many requests.
    let (mut chunks, mut length) = (Vec::new(), 0);
    while let Some(chunk) = answer.chunk().await.map_err(Unread::Broken)? {
        length += chunk.len();
        if length > largest {
            return Err(Unread::TooLarge(largest));
        }
        chunks.push(chunk);
    }
    Ok(match &chunks[..] {
        [only] => only.clone(),
        several => several.concat().into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(body: Vec<u8>) -> Response {
        http::Response::new(body).into()
    }

    #[tokio::test]
    async fn no_more_than_the_bound_is_read() {
        assert_eq!(read(answer(vec![b'a'; 9]), 9).await.unwrap(), vec![b'a'; 9]);
        let error = read(answer(vec![b'a'; 10]), 9).await.unwrap_err();
        assert!(matches!(error, Unread::TooLarge(9)));
    }
}
