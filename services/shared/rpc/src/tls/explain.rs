//! What goes wrong with a connection, in words that name the setting.

use std::io;

use rustls::{AlertDescription, CertificateError, Error};

/// A server that answers HTTP/2 with TLS.
pub(crate) const SPEAKS_TLS: &str = "the server speaks TLS: set tls.mode to \"mutual\" here (swiftctl: --tls-ca, --tls-cert, --tls-key)";

/// A connection's first bytes that are a TLS record (an alert, or a handshake) and cannot be HTTP/2: as a frame's length
/// they would be more than a megabyte.
pub(crate) fn is_tls_record(first: &[u8]) -> bool {
    matches!(first, [0x15 | 0x16, 0x03, ..])
}

/// What the error of a connection means.
pub(crate) fn explain(error: &io::Error) -> String {
    let tls = error.get_ref().and_then(|inner| inner.downcast_ref());
    match tls {
        Some(error) => explain_tls(error),
        None if error.kind() == io::ErrorKind::UnexpectedEof => {
            "the connection was closed before it was made".to_owned()
        }
        None => error.to_string(),
    }
}

fn explain_tls(error: &Error) -> String {
    use CertificateError::{
        BadSignature, Expired, ExpiredContext, NotValidForName, NotValidForNameContext,
        UnknownIssuer,
    };
    match error {
        Error::InvalidMessage(_) => {
            "the other side does not speak TLS: its tls.mode is not \"mutual\"".to_owned()
        }
        Error::AlertReceived(alert) => refused(*alert),
        Error::NoCertificatesPresented => "the caller has shown no certificate".to_owned(),
        // The same name and another key is another CA, too.
        Error::InvalidCertificate(UnknownIssuer | BadSignature) => {
            "the other side's certificate is not of a CA in tls.ca".to_owned()
        }
        Error::InvalidCertificate(Expired | ExpiredContext { .. }) => {
            "the other side's certificate has expired".to_owned()
        }
        Error::InvalidCertificate(NotValidForName | NotValidForNameContext { .. }) => {
            format!("the server's certificate is for another name (setting server_name): {error}")
        }
        other => other.to_string(),
    }
}

fn refused(alert: AlertDescription) -> String {
    use AlertDescription as Alert;
    match alert {
        Alert::CertificateRequired => "the server wants a certificate (tls.certificate)".to_owned(),
        Alert::UnknownCA
        | Alert::BadCertificate
        | Alert::CertificateExpired
        | Alert::CertificateUnknown
        | Alert::CertificateRevoked
        | Alert::UnsupportedCertificate
        | Alert::DecryptError => {
            format!("the other side refuses our certificate (tls.certificate): {alert:?}")
        }
        other => format!("the other side refuses TLS: {other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(error: Error) -> String {
        explain(&io::Error::other(error))
    }

    #[test]
    fn each_error_names_its_setting() {
        let alert = |alert| told(Error::AlertReceived(alert));
        for (said, wanted) in [
            (
                alert(AlertDescription::CertificateRequired),
                "wants a certificate",
            ),
            (
                alert(AlertDescription::UnknownCA),
                "(tls.certificate): UnknownCA",
            ),
            (
                alert(AlertDescription::NoApplicationProtocol),
                "refuses TLS: NoApplicationProtocol",
            ),
            (told(CertificateError::UnknownIssuer.into()), "tls.ca"),
            (told(CertificateError::Expired.into()), "has expired"),
            (
                told(CertificateError::NotValidForName.into()),
                "server_name",
            ),
            (told(Error::NoCertificatesPresented), "no certificate"),
            (
                told(rustls::InvalidMessage::InvalidContentType.into()),
                "does not speak TLS",
            ),
            (explain(&io::ErrorKind::UnexpectedEof.into()), "closed"),
            (explain(&io::Error::other("no route")), "no route"),
        ] {
            assert!(said.contains(wanted), "{said:?} should have {wanted:?}");
        }
    }

    #[test]
    fn tls_is_told_from_http2() {
        assert!(is_tls_record(&[0x15, 0x03, 0x03, 0, 2]));
        assert!(!is_tls_record(&[0, 0, 0x12, 0x04]), "a SETTINGS frame");
        assert!(!is_tls_record(&[]));
    }
}
