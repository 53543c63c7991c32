"""The domain: people, their employments, clearances, pay, access and moves. No Flask, no OAuth, no JOSE."""
