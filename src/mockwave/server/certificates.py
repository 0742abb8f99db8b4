"""TLS certificates: whether the server can use one, and how its own clients trust it."""

import ssl

from mockwave.server.start_errors import StartError


def check_certificate(certificate: str, key: str) -> None:
    """Raises StartError if the files are not a chain and its private key in PEM."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        # Without a password, even an empty one, OpenSSL would ask the terminal for that of an encrypted key.
        context.load_cert_chain(certificate, key, password="")
    except (ssl.SSLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise StartError(
            f"--tls-cert {certificate} and --tls-key {key} cannot be used ({reason});"
            " give a PEM chain and its unencrypted PEM key"
        ) from None


def trust_certificate(certificate: str) -> ssl.SSLContext:
    """Returns a context that trusts exactly this certificate, whatever its name and signer."""
    context = ssl.create_default_context(cafile=certificate)
    context.check_hostname = False
    context.verify_flags = ssl.VERIFY_X509_PARTIAL_CHAIN
    return context


def trust_anything() -> ssl.SSLContext:
    """Returns a context for the server's calls to itself: its certificate may have another name, or be expired."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
