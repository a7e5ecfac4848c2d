"""How much work is a visit, beside doing it face_recognition's way?"""
