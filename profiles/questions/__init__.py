"""What people ask about the releases in their log, and what data protection officers answer."""
